"""Remediations and waves go a year after they ended, with all that hangs on them, not sooner."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings

from access.models import Tenant
from access.references import new_reference
from access.residency import region
from diagnostics.models import Destruction, LegalHold
from diagnostics.retention.due import NOTICES_LAST, REMEDIATIONS_LAST, STOPS_LAST
from rooms.drain.retention import destroy_incidents
from rooms.models import Device, Incident
from tests.architecture import canaries, remediated
from tests.diagnostics.collections import OWNER, collected

LITTLE = timedelta(minutes=5)
TABLES = (
    "remediation", "remediationstep", "remediationfinding", "remediationvote", "wave", "wavering",
    "waveexclusion", "automationpolicy", "remediationsettings", "remediationnotice",
    "emergencystop",
)  # fmt: skip


@pytest.fixture
def counts(superuser):
    """How many rows each table of the queue has."""

    def count() -> dict[str, int]:
        return {
            name: superuser["eu"].execute(f"select count(*) from diagnostics_{name}").fetchone()[0]
            for name in TABLES
        }

    return count


@pytest.fixture
def device(tenant: Tenant, vault) -> Device:
    """The device of a room that has rows in every table of the queue."""
    canaries.plant(tenant, "Quartzite", 1)
    with region("eu"):
        found = Device.objects.using(OWNER).select_related("room").get(tenant_id=tenant.pk)
    remediated.plant(tenant, found, "Quartzite")
    return found


def age(superuser, by: timedelta) -> None:
    """Make what stands older; guards look away."""
    line = superuser["eu"]
    with line.transaction():
        line.execute("set local session_replication_role = replica")
        for table, column in (
            ("remediation", "state_at"),
            ("wave", "state_at"),
            ("remediationnotice", "made_at"),
        ):
            line.execute(f"update diagnostics_{table} set {column} = {column} - %s", [by])


def end_wave(superuser, state: str = "done") -> None:
    line = superuser["eu"]
    with line.transaction():
        line.execute("set local session_replication_role = replica")
        line.execute("update diagnostics_wave set state = %s", [state])


def test_nothing_goes_before_its_time(device, counts, retain, superuser):
    end_wave(superuser)
    age(superuser, REMEDIATIONS_LAST - LITTLE)
    before = counts()
    assert retain().remediations == 0
    assert counts() == before
    assert before["remediation"] == 2


def test_what_ended_goes_with_all_of_it_and_is_told(device, counts, retain, superuser, tenant):
    end_wave(superuser)
    age(superuser, REMEDIATIONS_LAST + LITTLE)
    before = counts()
    assert retain().remediations == 2
    gone = {name: before[name] - left for name, left in counts().items()}
    assert gone == dict.fromkeys(TABLES, 0) | {
        "remediation": 1, "remediationstep": 1, "remediationfinding": 1,
        "wave": 1, "wavering": 1, "waveexclusion": 1,
    }  # fmt: skip
    rows = superuser["eu"].execute("select state from diagnostics_remediation")
    assert rows.fetchall() == [("proposed",)], "what is open stays, however old"
    with region("eu"):
        told = Destruction.objects.using(OWNER).get()
    assert told.classes == {"remediation": 2}
    assert told.counts["diagnostics_remediationstep"] == 1
    assert (told.tenant_reference, told.cause) == (tenant.reference, "retention")
    events = superuser["eu"].execute(
        "select subject_reference from access_auditevent where type = 'data.destroyed'"
    )
    assert events.fetchall() == [(tenant.reference,)]


def test_wave_stays_as_long_as_any_item_of_it(device, counts, retain, superuser, tenant):
    with region("eu"):
        wave = remediated.models.Wave.objects.using(OWNER).get()
    end_wave(superuser, "stopped")
    remediated.item(tenant, device, tenant.pk, "x", kind="update", wave=wave, state="running")
    age(superuser, REMEDIATIONS_LAST + LITTLE)
    assert retain().remediations == 1
    assert counts()["wave"] == 1


@pytest.mark.parametrize("reach", ["tenant", "room"])
def test_hold_keeps_them(device, counts, retain, superuser, tenant, reach):
    now = datetime.now(UTC)
    with region("eu"):
        LegalHold.objects.using(OWNER).create(
            tenant_id=tenant.pk, reference="LH-AAAA1111", tenant_reference=tenant.reference,
            reach=reach, reach_id=None if reach == "tenant" else device.room_id,
            reach_reference="", reason="x", grant_reference="GR-00000001",
            placed_by_id=tenant.pk, placed_by_person=tenant.pk, placed_by_label="x",
            placed_at=now, lapses_at=now + timedelta(days=3),
        )  # fmt: skip
    age(superuser, REMEDIATIONS_LAST + LITTLE)
    before = counts()
    assert retain().remediations == 0
    assert counts() == before


def test_votes_on_versions_stay_with_them(device, counts, retain, superuser, tenant):
    with region("eu"):
        version = remediated.models.AutomationPolicy.objects.using(OWNER).get()
    remediated.vote(tenant, "policy", version.pk, version.digest, tenant.pk, "x")
    before = counts()["remediationvote"]
    age(superuser, 5 * REMEDIATIONS_LAST)
    retain()
    assert counts()["remediationvote"] == before


def test_notices_go_once_they_were_carried(device, counts, retain, superuser):
    age(superuser, 2 * NOTICES_LAST)
    retain()
    assert counts()["remediationnotice"] == 1, "nobody was told yet"
    for by, left in ((NOTICES_LAST - LITTLE, 1), (NOTICES_LAST + LITTLE, 0)):
        superuser["eu"].execute(
            "update diagnostics_remediationnotice set carried_at = lock.now() - %s", [by]
        )
        retain()
        assert counts()["remediationnotice"] == left


def test_stops_go_long_after_they_were_released(device, counts, retain, superuser, bo, bea):
    remediated.stop(bo)
    for by, left in ((STOPS_LAST - LITTLE, 2), (STOPS_LAST + LITTLE, 1)):
        at = datetime.now(UTC) - by
        if left == 2:
            remediated.stop(bo, released_at=at, released_by_person=bea.person_id)
        line = superuser["eu"]
        with line.transaction():
            line.execute("set local session_replication_role = replica")
            line.execute(
                "update diagnostics_emergencystop set released_at = %s"
                " where released_at is not null",
                [at],
            )
        retain()
        assert counts()["emergencystop"] == left


def test_incident_goes_before_what_was_done_and_collected_about_it(
    device, tenant, as_worker, superuser
):
    """Its own time is shorter than theirs."""
    now = datetime.now(UTC)
    over = now - timedelta(days=settings.INCIDENT_RETENTION_DAYS) - LITTLE
    with region("eu"):
        incident = Incident.objects.using(OWNER).create(
            tenant_id=tenant.pk, room_id=device.room_id, device=device,
            reference=new_reference("INC"), code="x", category="x", severity="warning",
            severity_rank=1, sentence="x", state="closed", opened_at=over, activated_at=over,
            closed_at=over, updated_at=over,
        )  # fmt: skip
        collected(device, tenant, incident=incident)
    remediated.item(
        tenant, device, tenant.pk, "x", kind="update", incident=incident, state="failed"
    )
    as_worker()
    assert destroy_incidents("eu") == 1
    for table in ("remediation", "collection"):
        rows = superuser["eu"].execute(
            f"select count(*), count(incident_id) from diagnostics_{table}"
        )
        number, named = rows.fetchone()
        assert number
        assert named == 0, table
