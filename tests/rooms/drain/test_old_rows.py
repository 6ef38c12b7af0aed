"""Counts of refusals and ended suppressions go a year later; what lasts or is younger stays."""

from __future__ import annotations

import uuid
from datetime import timedelta

from access.references import new_reference
from access.residency import region
from rooms.drain.retention import ENDED_SUPPRESSIONS, REFUSAL_COUNTS, keep
from rooms.models import DeviceRefusal, Suppression
from tests.rooms.drain.house import OWNER, House

DAY = timedelta(days=1)


def test_counts_of_refusals_go_a_year_later(house: House, as_worker) -> None:
    with region("eu"):
        for code, age in (("old", REFUSAL_COUNTS + DAY), ("young", REFUSAL_COUNTS - DAY)):
            DeviceRefusal.objects.using(OWNER).create(hour=house.now - age, code=code, times=1)
    as_worker()
    assert keep("eu").refusals == 1
    with region("eu"):
        assert [one.code for one in DeviceRefusal.objects.using(OWNER).all()] == ["young"]


def test_suppressions_go_a_year_after_they_ended(house: House, as_worker) -> None:
    room, old = house.box().room, house.now - ENDED_SUPPRESSIONS - DAY
    names = {}
    for name, ends, ended in (
        ("ended long ago", old, None),
        ("ended before its time, long ago", house.now + DAY, old),
        ("ended lately", old + 2 * DAY, None),
        ("lasts", house.now + DAY, None),
    ):
        names[name] = new_reference("SU")
        with region("eu"):
            Suppression.objects.using(OWNER).create(
                tenant_id=room.tenant_id,
                reference=names[name],
                room=room,
                reason="Being rebuilt",
                by_id=uuid.uuid4(),
                by_label="Asha",
                begins_at=old - DAY,
                ends_at=ends,
                ended_at=ended,
            )
    as_worker()
    assert keep("eu").suppressions == 2
    with region("eu"):
        left = set(Suppression.objects.using(OWNER).values_list("reference", flat=True))
    assert left == {names["ended lately"], names["lasts"]}
