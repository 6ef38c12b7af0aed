"""The explorer: lines under a grant, filters, words, pages, and nothing a second after its end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from bs4 import BeautifulSoup
from django.db import connections

from access.residency import region
from access.scopes import Scope
from diagnostics.explorer.lines import AT_ONCE
from diagnostics.models import LogEntry
from tests.acts import granted
from tests.diagnostics.collections import HEALTH, OWNER, VIEW
from tests.diagnostics.sending import APP
from tests.rooms.device_api.devices import enrolled

BEGIN = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
WORDS = ("camera", "display", "speaker", "network")


def log(lines: int, *, begin: datetime = BEGIN, say: str = "") -> bytes:
    """A log: each line a minute after the one before, every fifth an error."""
    rows = []
    for number in range(lines):
        at = begin + timedelta(minutes=number)
        level = "Error" if number % 5 == 0 else "Info"
        text = say or f"The {WORDS[number % 4]} answered in turn{number}"
        rows.append(f"{at:%Y-%m-%dT%H:%M:%S}.000Z [{level}] [Devices] {text}")
    return "\r\n".join(rows).encode() + b"\r\n"


@pytest.fixture
def page(tenant) -> str:
    return f"/t/{tenant.reference}/logs/"


def shown(response) -> list[str]:
    """The messages of the lines on a page."""
    assert response.status_code == 200
    tree = BeautifulSoup(response.content, "html.parser")
    rows = tree.select("table[data-list] tbody tr")
    return [row.select("td")[-1].get_text(strip=True) for row in rows if row.select("th")]


def following(response) -> str:
    tree = BeautifulSoup(response.content, "html.parser")
    (link,) = [one for one in tree.select("a") if one.get_text(strip=True) == "Next"]
    return str(link["href"])


def test_lines_are_read_under_a_grant(sign_in, asha, bo, tenant, page, ready):
    ready((APP, "app_log", log(3)))
    granted(asha, tenant, [bo], VIEW)
    messages = shown(sign_in(asha).get(page))
    assert len(messages) == 3
    assert "turn2" in messages[0]
    assert "turn0" in messages[2]


def test_closed_page_holds_no_value(sign_in, asha, bo, tenant, page, ready):
    collection = ready((APP, "app_log", log(3)))
    granted(asha, tenant, [bo], HEALTH)
    text = sign_in(asha).get(page).content.decode()
    for secret in ("turn0", "Devices", collection.device_reference, "SkypeRoomSystem"):
        assert secret not in text


def test_second_after_the_end_nothing_is_shown(sign_in, asha, bo, tenant, page, ready, held_clock):
    ready((APP, "app_log", log(3)))
    grant = granted(asha, tenant, [bo], VIEW)
    client = sign_in(asha)
    assert len(shown(client.get(page))) == 3
    held_clock.hold(grant.ends_at + timedelta(seconds=1))
    assert "turn" not in client.get(page).content.decode()


def test_casey_of_another_tenant_sees_nothing(sign_in, casey, page, ready):
    ready((APP, "app_log", log(3)))
    response = sign_in(casey).get(page)
    assert "turn0" not in response.content.decode()


def test_nothing_collected_says_so(sign_in, asha, bo, tenant, page, vault):
    granted(asha, tenant, [bo], VIEW)
    assert "No log was collected here." in sign_in(asha).get(page).content.decode()


def test_pages_hold_every_line_once(sign_in, asha, bo, tenant, page, ready):
    ready((APP, "app_log", log(120)))
    granted(asha, tenant, [bo], VIEW)
    client = sign_in(asha)
    found: list[str] = []
    response = client.get(page)
    found += shown(response)
    for _ in range(2):
        response = client.get(page + following(response))
        found += shown(response)
    assert len(found) == len(set(found)) == 120


@pytest.mark.parametrize(
    ("query", "lines"),
    [
        ("level=2", 24),
        ("level=2,4", 120),
        ("q=camera", 30),
        ("q=CAMERA", 30),
        ("q=camera+turn8", 1),
        ("q=camera&level=2", 6),
        ("q=camer", 0),
        ("q=turn1", 1),
        ("from=2026-11-22T08:00&to=2026-11-22T08:10", 10),
        ("q=network&from=2026-11-22T08:00&to=2026-11-22T08:10", 2),
        ("event=1098", 0),
        ("device=DV-00000000", 0),
    ],
)
def test_filters_and_words_narrow(sign_in, asha, bo, tenant, page, ready, query, lines):
    ready((APP, "app_log", log(120)))
    granted(asha, tenant, [bo], VIEW)
    client = sign_in(asha)
    response = client.get(f"{page}?{query}")
    found = shown(response)
    while len(found) < lines:
        response = client.get(page + following(response))
        found += shown(response)
    assert len(found) == lines


def test_device_narrows_to_its_own_lines(sign_in, asha, bo, tenant, page, ready, box):
    with region("eu"):
        other = enrolled(tenant, room=box.device.room)
    ready((APP, "app_log", log(2)))
    second = ready((APP, "app_log", log(3, say="of the other one")), device=other)
    granted(asha, tenant, [bo], VIEW)
    messages = shown(sign_in(asha).get(f"{page}?device={second.device_reference}"))
    assert len(messages) == 3
    assert all("of the other one" in message for message in messages)


def test_search_is_recorded_without_its_words(sign_in, asha, bo, tenant, page, ready, superuser):
    ready((APP, "app_log", log(3)))
    granted(asha, tenant, [bo], VIEW)
    sign_in(asha).get(f"{page}?q=nightjar+camera")
    rows = superuser["eu"].execute(
        "select detail from access_auditevent where type = 'logs.searched'"
    )
    ((detail,),) = rows.fetchall()
    assert detail["words"] == 2
    assert len(detail["hashes"]) == 2
    everything = superuser["eu"].execute("select string_agg(e::text, '') from access_auditevent e")
    assert "nightjar" not in everything.fetchone()[0]


def test_common_word_walks_more_than_one_part(sign_in, asha, bo, tenant, page, ready):
    ready((APP, "app_log", log(AT_ONCE + 40)))
    granted(asha, tenant, [bo], VIEW)
    # The word stands in every line; the level is told apart line by line.
    begin = f"{BEGIN:%Y-%m-%dT%H:%M}"
    found = shown(sign_in(asha).get(f"{page}?q=answered&level=2&from={begin}"))
    assert len(found) == 50


def test_page_costs_the_same_with_more_lines(
    sign_in, asha, bo, tenant, page, ready, django_assert_max_num_queries
):
    ready((APP, "app_log", log(3)))
    granted(asha, tenant, [bo], VIEW)
    client = sign_in(asha)
    client.get(page)

    def statements() -> int:
        connections["eu"].force_debug_cursor = True
        try:
            connections["eu"].queries_log.clear()
            assert client.get(page).status_code == 200
            return len(connections["eu"].queries_log)
        finally:
            connections["eu"].force_debug_cursor = False

    few = statements()
    ready((APP, "app_log", log(200, begin=BEGIN + timedelta(days=1))))
    assert statements() == few


def test_page_is_under_60_kb(sign_in, asha, bo, tenant, page, ready):
    ready((APP, "app_log", log(60, say="word " * 80)))
    granted(asha, tenant, [bo], VIEW)
    response = sign_in(asha).get(page)
    assert len(shown(response)) == 50
    assert len(response.content) < 60_000


def test_stored_lines_hold_nothing_readable(ready, superuser):
    ready((APP, "app_log", log(3, say="Nightjar stands here")))
    rows = (
        superuser["eu"]
        .execute("select string_agg(e::text, '') from diagnostics_logentry e")
        .fetchone()[0]
    )
    assert "Nightjar" not in rows
    assert b"Nightjar".hex() not in rows


def test_line_shows_its_parts_and_neighbours(sign_in, asha, bo, tenant, page, ready):
    ready((APP, "app_log", log(80)))
    granted(asha, tenant, [bo], VIEW)
    with region("eu"):
        middle = LogEntry.objects.using(OWNER).get(number=40)
    text = sign_in(asha).get(f"{page}{middle.pk}/").content.decode()
    assert "turn39" in text
    assert "turn14" in text
    assert "turn64" in text
    assert "turn13" not in text
    assert "turn65" not in text


def test_line_of_another_tenant_is_not_found(sign_in, asha, bo, tenant, page, ready, superuser):
    ready((APP, "app_log", log(1)))
    granted(asha, tenant, [bo], VIEW)
    with region("eu"):
        line = LogEntry.objects.using(OWNER).get()
    superuser["eu"].execute(
        "update diagnostics_logentry set tenant_id = gen_random_uuid() where id = %s", [line.pk]
    )
    assert sign_in(asha).get(f"{page}{line.pk}/").status_code == 404


def test_room_narrow_grant_sees_its_room_only(sign_in, asha, bo, tenant, page, ready, box):
    ready((APP, "app_log", log(3)))
    other = "RM-00000000"
    granted(asha, tenant, [bo], VIEW, rooms=[other])
    assert "turn0" not in sign_in(asha).get(page).content.decode()


NAMED = b"2026-11-22T08:31:07.123Z [Info] [Auth] Signed in as mara.lindqvist@contoso.example\r\n"


def masked_line() -> LogEntry:
    with region("eu"):
        return LogEntry.objects.using(OWNER).get(masks__gt=0)


def test_masked_name_takes_an_act_of_its_own(
    sign_in, asha, bo, tenant, page, ready, superuser, held_clock
):
    ready((APP, "app_log", NAMED))
    granted(asha, tenant, [bo], VIEW)
    client, path = sign_in(asha), f"{page}{masked_line().pk}/"
    before = client.get(path).content.decode()
    assert "lindqvist" not in before
    assert "Lay open" in before
    assert client.post(path, {"reason": ""}).status_code == 422
    assert "lindqvist" not in client.get(path).content.decode()
    assert client.post(path, {"reason": "Call whoever signed in"}).status_code == 303
    assert "mara.lindqvist@contoso.example" in client.get(path).content.decode()
    told = superuser["eu"].execute(
        "select outcome, actor_label from access_auditevent where type = 'name.revealed'"
    )
    assert told.fetchall() == [("ok", "Asha")]
    held_clock.shift(timedelta(minutes=11))
    assert "lindqvist" not in client.get(path).content.decode()


def test_what_asha_laid_open_stays_masked_for_others(sign_in, asha, bo, bea, tenant, page, ready):
    ready((APP, "app_log", NAMED))
    granted(asha, tenant, [bo], VIEW)
    path = f"{page}{masked_line().pk}/"
    sign_in(asha).post(path, {"reason": "Call whoever signed in"})
    assert "lindqvist" not in sign_in(bea).get(path).content.decode()


def test_activity_needs_its_own_scope(sign_in, asha, bo, bea, tenant, ready):
    line = (
        b'{"at": "2026-11-22T08:31:07+00:00", "kind": "joined", "who": "Mara Lindqvist",'
        b' "what": "joined from the console"}\n'
    )
    ready(("Activity/activity.jsonl", "activity", line))
    granted(asha, tenant, [bo], VIEW)
    client, path = sign_in(asha), f"/t/{tenant.reference}/activity/"
    assert "Lindqvist" not in client.get(path).content.decode()
    granted(asha, tenant, [bo, bea], Scope.ACTIVITY_VIEW)
    assert "Mara Lindqvist" in client.get(path).content.decode()


def test_keeper_of_keys_that_is_away_is_said(sign_in, asha, bo, tenant, page, ready, vault):
    ready((APP, "app_log", log(3)))
    granted(asha, tenant, [bo], VIEW)
    (vault / "vault").rename(vault / "elsewhere")
    (vault / "vault").write_text("a file where the folder was")
    response = sign_in(asha).get(page)
    assert response.status_code == 503
    assert "turn0" not in response.content.decode()
