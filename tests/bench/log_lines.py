"""Log lines by the million, sealed as intake seals them, put behind the lock by COPY."""

from __future__ import annotations

import random
import uuid
from collections import Counter
from datetime import UTC, datetime, timedelta

import psycopg

from access.models import Tenant
from access.residency import region
from diagnostics.explorer.content import LineContent
from diagnostics.explorer.words import words_of
from diagnostics.intake.job import Keys
from diagnostics.kinds import KeyClass
from diagnostics.models import LogEntry
from diagnostics.vault.keys import place_of

DEVICES = 200
SOURCES = ("System", "Application", "Skype Room System", "App/SkypeRoomSystem/app.log")
LEVELS = (2, 3, 3, 4, 4, 4, 4, 4, 4, 5)
VERBS = [
    "started",
    "stopped",
    "answered",
    "failed",
    "connected",
    "renewed",
    "closed",
    "opened",
    "asked",
    "waited",
]
THINGS = [
    "camera",
    "display",
    "speaker",
    "network",
    "driver",
    "service",
    "session",
    "adapter",
    "meeting",
    "console",
]
END = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
AT_ONCE = 20_000


def load(
    line: psycopg.Connection, keys: Keys, tenant: Tenant, lines: int, *, seed: int = 7
) -> None:
    """That many lines of a tenant over thirty days, with their words and roll-ups.

    One word in a thousand lines is rare ("turn" and a number), the others are common.
    """
    chance = random.Random(seed)
    files = _files(line, tenant)
    key, hasher = keys.key(KeyClass.LOG), keys.hasher()
    with region("eu"):
        place = place_of("eu", tenant.pk, LogEntry, "content")
    step = timedelta(days=30) / lines
    hours: Counter[tuple[datetime, int, str, int]] = Counter()
    known: dict[str, bytes] = {}
    for begin in range(0, lines, AT_ONCE):
        entries, words = [], []
        for number in range(begin, min(begin + AT_ONCE, lines)):
            at, made = END - step * number, uuid.UUID(int=chance.getrandbits(128), version=4)
            which = number % DEVICES
            file, room, device = files[which]
            level, source = chance.choice(LEVELS), SOURCES[number % len(SOURCES)]
            text = (
                f"The {chance.choice(THINGS)} {chance.choice(VERBS)} beside the"
                f" {chance.choice(THINGS)} in turn{number // 1000}, code {number % 97}"
            )
            sealed = key.seal(
                LineContent(text, {"Code": str(number % 97)}, text).to_bytes(), place, made
            )
            entries.append(
                (made, tenant.pk, file, room, device, number + 1, at, level, source, "bench",
                 1000 + number % 50, 0, 0, sealed)
            )  # fmt: skip
            for word in words_of(text):
                if word not in known:
                    known[word] = hasher(word)
                words.append((tenant.pk, known[word], at, made, room, file))
            hours[at.replace(minute=0, second=0, microsecond=0), level, source, which] += 1
        _copy(
            line,
            "diagnostics_logentry (id, tenant_id, file_id, room_id, device_id, number, at,"
            " level, source, provider, event_id, cuts, masks, content)",
            entries,
        )
        _copy(line, "diagnostics_logword (tenant_id, word, at, entry_id, room_id, file_id)", words)
    _copy(
        line,
        "diagnostics_loghour (tenant_id, hour, level, source, file_id, room_id, device_id, lines)",
        [(tenant.pk, hour, level, source, *files[which], n)
         for (hour, level, source, which), n in hours.items()],
    )  # fmt: skip
    totals: Counter[tuple[datetime, int, str]] = Counter()
    for (hour, level, source, _), n in hours.items():
        totals[hour, level, source] += n
    _copy(line, "diagnostics_logtotal (tenant_id, hour, level, source, lines)",
          [(tenant.pk, *group, n) for group, n in totals.items()])  # fmt: skip
    line.execute("analyze diagnostics_logentry, diagnostics_logword, diagnostics_loghour")


def _files(line: psycopg.Connection, tenant: Tenant) -> list[tuple[uuid.UUID, ...]]:
    """One file a device: its id, the room's and the device's."""
    rows = []
    line.execute("set session_replication_role = replica")  # no rooms or orders stand behind them
    for number in range(DEVICES):
        file, room, device = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
        line.execute(
            "insert into diagnostics_collectionfile (id, tenant_id, reference, collection_id,"
            " room_id, device_id, room_reference, device_reference, collection_reference, path,"
            " kind, source, bytes, sha256, entries, cuts, masks, first_at, last_at, kept_out_why,"
            " stored_as, stored_bytes, made_at) values (%s, %s, %s, %s, %s, %s, %s, %s, %s,"
            " 'System.evtx', 'event_log', 'System', 1, '', 1, 0, 0, %s, %s, '', '', 0, %s)",
            [file, tenant.pk, f"FL-{file.hex[:8].upper()}", uuid.uuid4(), room, device,
             f"RM-{room.hex[:8].upper()}", f"DV-{number:08d}", f"COL-{file.hex[:8].upper()}",
             END - timedelta(days=30), END, END],
        )  # fmt: skip
        rows.append((file, room, device))
    line.execute("set session_replication_role = origin")
    return rows


def _copy(line: psycopg.Connection, target: str, rows: list[tuple[object, ...]]) -> None:
    with line.cursor() as cursor:
        cursor.execute("set session_replication_role = replica")
        with cursor.copy(f"copy {target} from stdin") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute("set session_replication_role = origin")
