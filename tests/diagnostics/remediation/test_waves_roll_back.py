"""A wave is rolled back: what ran gets what it ran before, and what cannot is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from access.residency import region
from diagnostics.models import WaveExclusion
from diagnostics.remediation.queue.waves import advance_waves, plan_drafts
from diagnostics.remediation.states import ItemState as S
from rooms.releases import APP_RELEASES
from tests.diagnostics.remediation.fleets import (
    OWNER,
    again,
    agreed,
    becomes,
    change,
    detail_of,
    firmware_wave,
    fleet,
    holds,
    items_of,
    runs_app,
    states_of,
)

pytestmark = pytest.mark.usefixtures("db")
NEWEST, BEFORE = APP_RELEASES[:2]


@pytest.fixture
def look(works):
    """Look at a wave as the worker, whenever it would be due."""

    def run(wave):
        change(wave)
        assert works(advance_waves) >= 1
        return again(wave)

    return run


@pytest.fixture
def wave(tenant, asha, bo, bea, works, look):
    """A wave of app updates over five devices that was let go; the last ran what nobody knows."""
    devices = fleet(tenant, 5)
    runs_app(devices[:4], BEFORE)
    runs_app(devices[4:], "0.0.1")
    made = firmware_wave(
        asha,
        tenant,
        holds(asha, tenant, [bo]),
        action="update_app",
        parameters={"version": NEWEST},
    )
    works(plan_drafts)
    agreed(made, bo, bea)
    look(made)
    return made


def rolled_back(wave) -> None:
    """An approver has it rolled back."""
    ends = datetime.now(UTC) + timedelta(days=14)
    change(wave, state="rolling_back", mover="approver", approval_ends_at=ends)


def by_was(wave):
    """Its own items, those that ran the release before first, and the strange one."""
    items = items_of(wave, undoes="")
    known = [item for item in items if item.was == [BEFORE]]
    return known, [item for item in items if item.was != [BEFORE]]


def test_what_ran_goes_back_and_what_waited_is_cancelled(wave, look, superuser):
    (good, bad, fetched, waiting), (strange,) = by_was(wave)
    becomes([good, strange], S.SUCCEEDED)
    becomes([bad], S.FAILED)
    becomes([fetched], S.VERIFYING)
    rolled_back(wave)
    stands = look(wave)
    assert stands.state == "rolling_back"
    undone = {item.undoes: item for item in items_of(wave) if item.undoes}
    assert set(undone) == {good.reference, bad.reference}
    back = undone[good.reference]
    assert (back.state, back.parameters, back.was) == ("approved", {"version": BEFORE}, [NEWEST])
    assert (back.device_id, back.kind, back.place) == (good.device_id, "update", good.place)
    assert back.reason.startswith(f"Rolls {wave.reference} back.")
    states = {item.pk: item.state for item in items_of(wave, undoes="")}
    assert states[waiting.pk] == "cancelled"
    assert states[fetched.pk] == "verifying"
    with region("eu"):
        left = WaveExclusion.objects.using(OWNER).get(wave=wave, code="not_rolled_back")
    assert left.device_reference == strange.device_reference
    assert left.reason == "There is no way back to what it ran."
    detail = detail_of(superuser, wave.reference, "wave.roll_back_planned")
    assert (detail["called_back"], detail["going_back"], detail["left"]) == (1, 2, 1)


def test_roll_back_ends_when_all_have_gone_back_and_orders_nothing_twice(wave, look, superuser):
    first, second = by_was(wave)[0][:2]
    becomes([first], S.SUCCEEDED)
    becomes([second], S.VERIFYING)
    rolled_back(wave)
    look(wave)
    look(wave)
    assert len([item for item in items_of(wave) if item.undoes]) == 1
    becomes([second], S.FAILED)
    look(wave)
    undone = [item for item in items_of(wave) if item.undoes]
    assert {item.undoes for item in undone} == {first.reference, second.reference}
    becomes(undone, S.SUCCEEDED)
    done = look(wave)
    assert done.state == "done"
    assert sorted(states_of(wave)) == ["cancelled"] * 3 + ["failed"] + ["succeeded"] * 3
    detail = detail_of(superuser, wave.reference, "wave.done")
    assert (detail["rolled_back"], detail["succeeded"]) == (2, 2)


def test_device_at_other_work_goes_back_later(wave, look, tenant, asha):
    (first, *_), _ = by_was(wave)
    becomes([first], S.SUCCEEDED)
    other = firmware_wave(asha, tenant, None, state="stopped")
    (blocking,) = items_of(wave, pk=first.pk)
    with region("eu"):
        rows = type(first).objects.using(OWNER)
        blocking.pk, blocking.reference, blocking.wave, blocking.state = (
            None,
            "RJ-OTHER",
            other,
            S.VERIFYING,
        )
        blocking.save(using=OWNER)
    rolled_back(wave)
    assert look(wave).state == "rolling_back"
    assert [item for item in items_of(wave) if item.undoes] == []
    with region("eu"):
        rows.filter(pk=blocking.pk).update(state=S.SUCCEEDED)
    look(wave)
    assert [item.undoes for item in items_of(wave) if item.undoes] == [first.reference]
