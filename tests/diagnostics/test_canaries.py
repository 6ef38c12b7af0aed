"""A word that must never be collected, planted wherever a bundle has room, is found nowhere after.

What is stored is sealed, so everything sealed is opened as well, or its absence would tell nothing.
"""

from __future__ import annotations

import base64
import json
import logging
import uuid
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.http import HttpResponse
from hypothesis import given, settings

from access.residency import region
from access.scopes import Scope
from diagnostics import storage
from diagnostics.intake.job import Keys
from diagnostics.kinds import KeyClass
from diagnostics.models import (
    ActivityEntry,
    Collection,
    CollectionFile,
    LogEntry,
    LogMask,
    LogWord,
    SystemQuery,
)
from diagnostics.redaction import CannotJudge, judge_line
from diagnostics.tasks import check_in
from diagnostics.vault.keys import place_of
from diagnostics.vault.streams import open_stream
from portal.celery import app
from rooms.simulator.bundle.maker import make_bundle
from rooms.simulator.bundle.order import Flaw
from rooms.simulator.bundle.spoken import canaries
from tests.acts import granted
from tests.diagnostics.bundles.zips import Member, zipped
from tests.diagnostics.collections import OWNER, collected, stands
from tests.diagnostics.redaction.test_fuzz import ANY, CANARY, traces
from tests.diagnostics.redaction.test_media import MEDIA, PAD
from tests.diagnostics.sending import APP, announce, bundle_of, complete, put_chunk
from tests.diagnostics.test_check import USB
from tests.rooms.simulator.bundles import computer, order, state

TEAMS, AGENT = "App/Teams/Logs.txt", "Agent/ServicePortalAgent.log"
HEADS = {
    APP: ("app_log", "2026-11-22T08:31:07.123Z [Info] [Calendar] "),
    TEAMS: ("teams_log", "Sun Nov 22 2026 08:31:07 GMT+0000 (UTC) <42> -- info -- "),
    AGENT: ("agent_log", "2026-11-22 08:31:07.1234|INFO|ServicePortalAgent.Report|"),
}
KEPT = "Thermometer"
SPOKEN = {
    "subject": f"Meeting subject: {CANARY} and the merger",
    "subject in JSON": json.dumps({"id": 4, "meetingSubject": f"{CANARY} and the merger"}),
    "body": f"Meeting body: Please read {CANARY} first",
    "body over lines": f"body: Agenda\n1. {CANARY}\n2. more of {CANARY}",
    "attendee card": f"contactCard jobTitle=Head of {CANARY}; businessPhone=+49 30 90182099",
    "chat": f"chat: messageText: did you see {CANARY}?",
    "transcript": f"transcript: so {CANARY} is closed in March",
    "subject in base64": "data=" + base64.b64encode(f"subject: {CANARY}".encode()).decode(),
    "calendar": f"BEGIN:VEVENT\nSUMMARY:{CANARY}\nDESCRIPTION:{CANARY}\nEND:VEVENT",
    "a masked name": f"organizer: {CANARY} Smith joined",
}
# Masked and not cut: the word stands sealed beside the line, for a reveal, and nowhere else.
MASKED = "a masked name"
ORDERED = tuple((kind, "") for kind in ("app_log", "teams_log", "agent_log", "query_usb"))


def samples(count: int) -> list[str]:
    """Texts of any grammar in any writing with the canary in them, that the guard can judge."""
    found: list[str] = []

    @settings(max_examples=count, deadline=None, derandomize=True, database=None)
    @given(ANY)
    def draw(text: str) -> None:
        try:
            judge_line(HEADS[APP][1] + text)
        except CannotJudge:
            return
        found.append(text)

    draw()
    return found


def log(path: str, *texts: str) -> tuple[str, str, bytes]:
    """A log with these texts, each after a harmless entry that is kept."""
    kind, head = HEADS[path]
    lines = [f"{head}{KEPT} of hub{number}\r\n{head}{one}" for number, one in enumerate(texts)]
    return path, kind, "\r\n".join(lines).encode("utf-8", "surrogatepass") + b"\r\n"


class Sender:
    """Sends a bundle, lets the real task check it, and keeps every answer."""

    def __init__(self, surface: Any, box: Any, worker: Any, web: Any) -> None:
        self._surface, self.box, self._worker, self._web = surface, box, worker, web
        self.answers: list[HttpResponse] = []

    def __call__(self, collection: Collection, bundle: bytes) -> Collection:
        with self._surface():
            begun = announce(self.box, collection, bundle)
            upload, size = begun.json()["upload"], begun.json()["chunk_bytes"]
            self.answers.append(begun)
            for at in range(0, len(bundle), size):
                self.answers.append(put_chunk(self.box, upload, at, bundle[at : at + size]))
            self.answers.append(complete(self.box, upload))
        assert {one.status_code for one in self.answers} <= {200, 201, 202}
        self._worker()
        check_in("eu")
        self._web()
        return stands(collection)


@pytest.fixture
def send(surface, box, as_worker, as_web) -> Sender:
    return Sender(surface, box, as_worker, as_web)


@pytest.fixture
def collection(tenant, box) -> Collection:
    return collected(box.device, tenant, parts=ORDERED)


@pytest.fixture(autouse=True)
def everything_is_logged(caplog) -> None:
    caplog.set_level(logging.DEBUG)


Nowhere = Callable[..., None]


@pytest.fixture
def nowhere(
    superuser, vault, tenant, as_worker, as_web, send, caplog, sign_in, asha, bo
) -> Nowhere:
    """`nowhere(words)`: none of them is anywhere; `masked` may stand among the sealed names."""

    def look(*words: str, masked: bool = False) -> None:
        marks = [mark.lower() for word in words for mark in traces(word) if len(mark) > 6]
        places = {
            **dict(rows_of(superuser)),
            "files": "".join(
                f"{one} {one.read_bytes().hex()} {one.read_bytes()!r}"
                for one in vault.rglob("*")
                if one.is_file()
            ),
            "log lines": caplog.text,
            "answers": "".join(f"{one.content!r}{one.headers}" for one in send.answers),
        }
        as_worker()
        places |= dict(opened(tenant.pk, masked))
        as_web()
        found = [
            f"{mark} in {name}"
            for name, text in places.items()
            for mark in marks
            if mark in text.lower()
        ]
        assert not found, found

    return look


def rows_of(superuser: dict[str, psycopg.Connection]) -> Iterator[tuple[str, str]]:
    """Every table of the four databases as text; bytes are in hex there, and raw again here."""
    for alias, line in superuser.items():
        tables = line.execute(
            "select c.oid::regclass::text from pg_class c join pg_namespace n"
            " on n.oid = c.relnamespace where c.relkind in ('r', 'p') and"
            " n.nspname !~ '^pg_' and n.nspname <> 'information_schema'"
        ).fetchall()
        for (table,) in tables:
            rows = line.execute(f"select t::text from {table} t").fetchall()
            yield f"{alias}.{table}", "\n".join(text for (text,) in rows)


def opened(tenant: uuid.UUID, masked: bool) -> Iterator[tuple[str, str]]:
    """Everything that is sealed, opened; and whether a word of it can be searched for."""
    with region("eu"):
        keys = Keys("eu", tenant, datetime.now(UTC))
        keys.ready()
        sealed = {LogEntry: KeyClass.LOG, SystemQuery: KeyClass.QUERY}
        sealed |= {ActivityEntry: KeyClass.ACTIVITY}
        sealed |= {} if masked else {LogMask: KeyClass.NAME}
        for model, klass in sealed.items():
            place = place_of("eu", tenant, model, "content")
            for row in model.objects.using(OWNER).all():
                content = keys.key(klass).open(bytes(row.content), place, row.pk)
                yield f"{model.__name__} {row.pk}", content.decode()
        place = place_of("eu", tenant, CollectionFile, "stored_as")
        for file in CollectionFile.objects.using(OWNER).exclude(stored_as=""):
            parts = storage.read("eu", file.stored_as)
            whole = b"".join(open_stream(keys.key(KeyClass.LOG), place, file.pk, parts))
            yield f"stored {file.path}", whole.decode()
        known = {bytes(one) for one in LogWord.objects.using(OWNER).values_list("word", flat=True)}
        for word in (CANARY, *canaries(computer()).values()):
            yield "words of the index", word if keys.hasher()(word.casefold()) in known else ""


def test_search_would_find_what_is_kept(send, collection, nowhere):
    """The same search for a harmless word finds it, so that it looks in the right places."""
    now = send(collection, bundle_of(collection, log(APP, "all is well")))
    assert now.state == "ready"
    with pytest.raises(AssertionError) as found:
        nowhere(KEPT)
    for place in ("LogEntry", "stored App/SkypeRoomSystem"):
        assert place in str(found.value)


@pytest.mark.parametrize("path", HEADS, ids=["app", "teams", "agent"])
def test_word_in_a_line_of_a_log_is_nowhere(send, collection, nowhere, path):
    spoken = [text for name, text in SPOKEN.items() if name != MASKED]
    now = send(collection, bundle_of(collection, log(path, *spoken)))
    assert (now.state, now.why) == ("ready", "")
    assert now.cuts >= len(spoken)
    nowhere(CANARY)


def test_masked_name_stands_sealed_and_nowhere_else(send, collection, nowhere):
    now = send(collection, bundle_of(collection, log(APP, SPOKEN[MASKED])))
    assert (now.state, now.masks) == ("ready", 1)
    nowhere(CANARY, masked=True)


def test_word_in_any_writing_is_nowhere(send, collection, nowhere):
    texts = samples(60)
    assert len(texts) > 40
    third = len(texts) // 3
    parts = texts[:third], texts[third : 2 * third], texts[2 * third :]
    files = [log(path, *part) for path, part in zip(HEADS, parts, strict=True)]
    now = send(collection, bundle_of(collection, *files))
    assert now.state in ("ready", "refused")
    nowhere(CANARY, masked=True)


def test_words_that_a_leaky_device_lets_out_are_nowhere(send, collection, nowhere, tmp_path):
    """Event logs, queries, text logs and activity as a device makes them that does not redact."""
    wanted = replace(order(hours=6), collection=collection.reference)
    leaky = replace(state(None, Flaw.LEAKY), reference=collection.device_reference)
    path: Path = make_bundle(leaky, wanted, tmp_path / "made")
    words = canaries(computer()).values()
    with zipfile.ZipFile(path) as file:
        raw = b"".join(file.read(name) for name in file.namelist())
    assert all(word.encode() in raw for word in words)
    bundle = path.read_bytes()
    path.unlink()
    now = send(collection, bundle)
    assert (now.state, now.files_kept_out) == ("ready", 0)
    assert now.cuts > 0
    nowhere(*words)


def test_word_in_a_query_is_nowhere(send, collection, nowhere):
    device = USB["devices"][0]
    spoken = {"name": f"subject: {CANARY}", "port": f"chat: messageText: {CANARY}"}
    query = USB | {"devices": [device | spoken]}
    files = [("Queries/usb.json", "query_usb", json.dumps(query).encode())]
    now = send(collection, bundle_of(collection, *files))
    assert (now.state, now.entries) == ("ready", 1)
    nowhere(CANARY)


def test_member_that_no_query_has_is_nowhere(send, collection, nowhere):
    query = json.dumps(USB | {"subject": CANARY}).encode()
    now = send(collection, bundle_of(collection, ("Queries/usb.json", "query_usb", query)))
    assert (now.state, now.files_kept_out) == ("ready", 1)
    nowhere(CANARY)


@pytest.mark.parametrize("member", ["what", "who", "kind", "more"])
def test_word_in_a_line_of_activity_is_nowhere(send, collection, nowhere, member):
    act = {"at": "2026-11-22T08:31:07+00:00", "kind": "joined", "who": "Mara", "what": "joined"}
    lines = json.dumps(act | {member: f"Meeting subject: {CANARY} and more"}).encode() + b"\n"
    files = [("Activity/activity.jsonl", "activity", lines)]
    assert send(collection, bundle_of(collection, *files)).state == "ready"
    nowhere(CANARY)


def hidden(collection: Collection) -> Iterator[tuple[str, bytes]]:
    """Bundles with the word outside of any log."""
    line = log(APP, "all is well")
    yield "manifest", bundle_of(collection, line, subject=CANARY)
    yield "order", bundle_of(collection, line, collection=f"COL-{CANARY.upper()}")
    yield (
        "reason",
        bundle_of(collection, line, left_out=[{"kind": "query_usb", "why": f"! {CANARY}"}]),
    )
    yield "name", bundle_of(collection, (f"App/{CANARY}.log", *line[1:]))
    yield "tricky name", zipped(Member(f"../{CANARY}".encode(), b"x")).getvalue()
    yield "comment", zipped(Member(b"manifest.json", b"{}", comment=CANARY.encode())).getvalue()
    yield "no zip", CANARY.encode() * 9
    control = f"{CANARY} ".encode() + bytes(range(1, 9)) * 40
    yield "no text", bundle_of(collection, (APP, "app_log", HEADS[APP][1].encode() + control))


@pytest.mark.parametrize("number", range(8))
def test_word_outside_of_any_log_is_nowhere(
    send, collection, nowhere, sign_in, asha, bo, tenant, number
):
    _, bundle = list(hidden(collection))[number]
    now = send(collection, bundle)
    assert now.state == "refused"
    assert now.why
    granted(asha, tenant, [bo], Scope.HEALTH_VIEW)
    client = sign_in(asha)
    for page in ("", f"{now.reference}/", "COL-00000000/"):
        send.answers.append(client.get(f"/t/{tenant.reference}/collections/{page}"))
    nowhere(CANARY)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (APP, "png"),
        (TEAMS, "wav"),
        (AGENT, "docx"),
        ("Queries/usb.json", "pdf"),
        ("Activity/activity.jsonl", "mp4"),
        ("Windows/EventLog/System.evtx", "jpeg"),
    ],
)
def test_media_is_refused_as_any_kind_of_file(send, collection, nowhere, path, name):
    kinds = {"Que": "query_usb", "Act": "activity", "Win": "event_log"}
    kind = kinds.get(path[:3]) or HEADS[path][0]
    body = MEDIA[name] + PAD + CANARY.encode()
    now = send(collection, bundle_of(collection, (path, kind, body)))
    code = "NESTED_ARCHIVE" if name == "docx" else "MEDIA"
    assert (now.state, now.why_code) == ("refused", code)
    nowhere(CANARY)


def test_messages_to_workers_name_a_region_and_nothing_else():
    wake_ups = [
        one for one in app.conf.beat_schedule.values() if one["task"].startswith("diagnostics.")
    ]
    assert wake_ups
    for one in wake_ups:
        assert set(one.get("args", ())) <= {"eu", "apac", "us"}
        assert not one.get("kwargs")
