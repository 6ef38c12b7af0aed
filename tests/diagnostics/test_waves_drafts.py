"""What a draft keeps, what a tenant's document says, and the picture of rings."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from access.residency import region
from diagnostics.models import RemediationSettings, RuleState
from diagnostics.pages.ring_picture import CENTRE, OUTER, bands_of
from diagnostics.remediation.calendar_words import (
    UnfitLine,
    freeze_words,
    read_freeze,
    read_holiday,
    read_weekly,
    weekly_words,
)
from diagnostics.remediation.catalogue import Channel
from diagnostics.remediation.guardrails.limits import DEFAULTS, Limits
from diagnostics.remediation.tenant_rules import (
    NO_RULES,
    NOTHING_RUNS,
    UnfitDocument,
    plain,
    read_document,
    rules_of,
)
from diagnostics.remediation.wave_draft import (
    UnfitSelection,
    devices_of,
    kept_rings,
    kept_selection,
    rings_of,
)
from diagnostics.remediation.waves.rings import STANDARD, Ring
from diagnostics.remediation.windows import Freeze, Interval, TenantCalendar, Weekly
from tests.diagnostics.collections import OWNER
from tests.factories import computer_of, furnish
from tests.fleet.descriptions import Component

WINDOW = {"weekdays": [0, 4], "begin": "22:00", "end": "05:00"}
FREEZE = {"begin": "2026-12-20T00:00+01:00", "end": "2026-12-28T00:00+01:00", "title": "Year end"}
DIRECTORY = "11111111-2222-3333-4444-555555555555"

# -- Documents ------------------------------------------------------------------------------------


def test_empty_document_is_the_code_s_own():
    assert read_document({}) == NO_RULES
    assert plain(NO_RULES) == {}


def test_document_says_calendar_limits_and_channel():
    rules = read_document(
        {
            "maintenance": [WINDOW],
            "holidays": ["2026-12-25"],
            "freezes": [FREEZE],
            "limits": {"tenant_per_hour": 50},
            "channel": "graph",
            "graph": {"directory": DIRECTORY},
        }
    )
    assert rules.calendar.maintenance == (Weekly(frozenset({0, 4}), time(22), time(5)),)
    assert rules.calendar.holidays == {date(2026, 12, 25)}
    assert rules.calendar.freezes[0].interval.begin == datetime(2026, 12, 19, 23, tzinfo=UTC)
    assert rules.limits == Limits(tenant_per_hour=50)
    assert (rules.channel, rules.graph) == (Channel.GRAPH, UUID(DIRECTORY))
    assert read_document(plain(rules)) == rules


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({"windows": []}, "no such part"),
        ([], "object with named parts"),
        ({"maintenance": [WINDOW | {"weekdays": [7]}]}, "0 is Monday"),
        ({"maintenance": [WINDOW | {"begin": "24:00"}]}, "such as 22:00"),
        ({"maintenance": [WINDOW | {"weekdays": []}]}, "weekdays"),
        ({"holidays": ["2026-02-30"]}, "2026-12-25"),
        ({"freezes": [FREEZE | {"end": FREEZE["begin"]}]}, "later end"),
        ({"freezes": [FREEZE | {"begin": "2026-12-20T00:00"}]}, "with their zone"),
        ({"freezes": [FREEZE | {"title": "ask mara@contoso.example"}]}, "names of people"),
        ({"limits": {"tenant_per_hour": DEFAULTS.tenant_per_hour + 1}}, "from 0 to"),
        ({"limits": {"gate_finished_share": 0.5}}, "from 0.95 to"),
        ({"limits": {"speed": 1}}, "no limit called speed"),
        ({"limits": {"tenant_per_hour": True}}, "a number"),
        ({"channel": "mail"}, "channel"),
        ({"channel": "graph"}, "directory (tenant id)"),
        ({"graph": {"directory": "contoso"}}, "UUID"),
    ],
)
def test_unfit_document_says_what_to_do(document, told):
    with pytest.raises(UnfitDocument) as refused:
        read_document(document)
    assert told in str(refused.value)


def test_document_that_no_longer_fits_lets_nothing_run(tenant, asha, as_worker):
    """Agreed on before a default was tightened: unknown means no."""
    now = datetime.now(UTC)
    with region("eu"):
        RemediationSettings.objects.using(OWNER).create(
            tenant_id=tenant.pk,
            reference="RS-00000000",
            tenant_reference=tenant.reference,
            version=1,
            reason="Agreed on long ago",
            state=RuleState.IN_FORCE,
            state_at=now,
            proposed_by_id=asha.pk,
            proposed_by_person=asha.person_id,
            proposed_by_label=asha.name,
            grant_reference="GR-00000000",
            proposed_at=now,
            document={"limits": {"tenant_per_hour": DEFAULTS.tenant_per_hour + 1}},
        )
    as_worker()
    with region("eu"):
        assert rules_of([tenant.pk]) == {tenant.pk: NOTHING_RUNS}


# -- Lines ----------------------------------------------------------------------------------------


@settings(max_examples=40)
@given(
    st.frozensets(st.integers(0, 6), min_size=1),
    st.times(timezones=st.none()).map(lambda t: t.replace(second=0, microsecond=0)),
    st.times(timezones=st.none()).map(lambda t: t.replace(second=0, microsecond=0)),
)
def test_window_is_read_as_it_is_written(days, begin, end):
    window = Weekly(days, begin, end if end != begin else begin)
    read = read_weekly(weekly_words(window))
    if begin == end:
        window = Weekly(days, time(), time())  # the whole day, whatever hour it begins at
    assert read == window


@pytest.mark.parametrize(
    ("line", "window"),
    [
        ("Mon to Fri 22:00 to 05:00", Weekly(frozenset(range(5)), time(22), time(5))),
        ("Sat, Sun 8:00-20:00", Weekly(frozenset({5, 6}), time(8), time(20))),
        ("every day all day", Weekly(frozenset(range(7)), time(), time())),
        ("Fri to Mon 00:00 to 05:00", Weekly(frozenset({4, 5, 6, 0}), time(), time(5))),
        ("Monday 01:00 to 02:00", Weekly(frozenset({0}), time(1), time(2))),
    ],
)
def test_windows_as_people_write_them(line, window):
    assert read_weekly(line) == window


@pytest.mark.parametrize(
    "line", ["", "22:00 to 05:00", "Mon 25:00 to 26:00", "Mon of Fri 1:00 to 2:00", "Foo all day"]
)
def test_line_that_is_no_window_is_refused(line):
    with pytest.raises(UnfitLine, match="no window"):
        read_weekly(line)


def test_freezes_and_holidays_are_read_as_they_are_written():
    freeze = Freeze(
        Interval(datetime(2026, 12, 20, tzinfo=UTC), datetime(2026, 12, 28, tzinfo=UTC)), "Year end"
    )
    assert read_freeze(freeze_words(freeze)) == freeze
    assert read_holiday(" 2026-12-25 ") == date(2026, 12, 25)
    for read in (read_freeze, read_holiday):
        with pytest.raises(UnfitLine):
            read("Christmas")


def test_rules_without_a_calendar_are_the_published_nights():
    assert NO_RULES.calendar == TenantCalendar()


# -- Selections -----------------------------------------------------------------------------------


def test_rings_are_kept_in_order():
    own = Ring("Labs", order=1, test_days=1)
    kept = kept_rings([own, *STANDARD])
    assert [one["name"] for one in kept] == ["Staging", "General", "Executive", "Labs"]
    assert rings_of(kept) == (*STANDARD, own)


def test_selection_has_one_spelling():
    assert kept_selection({"ring": ("b", "a"), "site": ()}) == {"ring": ["a", "b"]}


def test_unknown_filter_is_refused(tenant):
    with pytest.raises(UnfitSelection, match="owner"):
        devices_of(tenant.pk, {"owner": ["x"]})


def test_worker_finds_the_devices_of_one_tenant_only(tenant, other_tenant, as_worker):
    small = furnish(tenant, rooms=3, ill=Component.FRONT_DISPLAY)
    furnish(other_tenant, rooms=2)
    device = computer_of(tenant, small.rooms[1].pk)
    as_worker()
    with region("eu"):
        found = {
            name: set(devices_of(tenant.pk, selection).values_list("reference", flat=True))
            for name, selection in {
                "all": {},
                "ring": {"ring": [small.rooms[1].ring]},
                "model": {"model": [device.model]},
                "room": {"room": [small.rooms[1].reference]},
                "ill": {"status": ["unhealthy", "warning"]},
                "nobody": {"ring": ["No such ring"]},
            }.items()
        }
    assert len(found["all"]) == 3
    assert found["ring"] == found["model"] == found["room"] == {device.reference}
    assert len(found["ill"]) == 1
    assert found["nobody"] == set()


# -- The picture ----------------------------------------------------------------------------------


def test_band_of_one_part_goes_all_the_way_round():
    (band,) = bands_of([("Staging 1 of 1", [("ok", 1)])])
    assert [arc.tone for arc in band.arcs] == ["ok"]
    # Three quarters round: from the top to the left.
    assert band.arcs[0].path.startswith(f"M{CENTRE[0]} {CENTRE[1] - OUTER + 4}A")


def test_part_that_exists_is_never_invisible():
    (band,) = bands_of([("General", [("ok", 10_000), ("bad", 1)])])
    assert [arc.tone for arc in band.arcs] == ["ok", "bad"]
    assert len({arc.path for arc in band.arcs}) == 2


def test_empty_ring_is_an_empty_band():
    bands = bands_of([("Staging", []), ("General", [("none", 3)])])
    assert [[arc.tone for arc in band.arcs] for band in bands] == [["none"], ["none"]]
    assert bands_of([]) == []
