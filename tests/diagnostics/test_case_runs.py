"""A running case: the worker destroys, killed or not, and a certificate says what is gone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from access import clock
from access.models import Tenant
from access.residency import region
from access.verdict import WrongState
from diagnostics import storage
from diagnostics.cases import rooms_certificate, steps
from diagnostics.cases.certificate import signer_of
from diagnostics.cases.run import run_cases
from diagnostics.cases.scope import REMEDIATIONS
from diagnostics.intake.check import check_next
from diagnostics.models import CaseCertificate, CaseKind, CaseReach, Destruction
from diagnostics.rules.cases import GROUPS
from diagnostics.vault.destroying import destroy_all_keys
from diagnostics.vault.keys import writing_key
from rooms.models import Device
from tests.acts import granted
from tests.architecture import remediated
from tests.diagnostics.collections import OWNER, collected
from tests.diagnostics.collections import stands as collection_stands
from tests.diagnostics.keeping import (
    ERASE,
    HEALTH,
    opened_case,
    placed_hold,
    running_case,
    stands,
    started,
    voted,
)
from tests.diagnostics.sending import APP, bundle_of, upload_all
from tests.diagnostics.test_logs import log
from tests.diagnostics.test_retention import ACTIVE, QUERY
from tests.outage import wait_until_gone
from tests.rooms.device_api.devices import enrolled

ROOT = Path(__file__).resolve().parents[2]
CONTENT = (
    "logentry", "logword", "loghour", "logtotal", "logmask", "systemquery", "activityentry",
    "collectionfile", "uploadpart",
)  # fmt: skip


@pytest.fixture(autouse=True)
def certificate_keys(settings, tmp_path):
    settings.AUDIT_KEYS_DIR = tmp_path / "keys"


@pytest.fixture
def work(as_worker, as_web):
    """The worker goes on with the cases."""

    def run() -> int:
        as_worker()
        try:
            return run_cases("eu")
        finally:
            as_web()

    return run


@pytest.fixture
def rows(superuser):
    def count(*names: str) -> dict[str, int]:
        return {
            name: superuser["eu"].execute(f"select count(*) from diagnostics_{name}").fetchone()[0]
            for name in names or CONTENT
        }

    return count


def certificate(case) -> CaseCertificate:
    with region("eu"):
        return CaseCertificate.objects.using(OWNER).get(case_id=case.pk)


def checked(path, *options: str) -> tuple[int, dict]:
    """What the script says, run as an outsider runs it: isolated, and elsewhere."""
    done = subprocess.run(
        [sys.executable, "-I", rooms_certificate.__file__, str(path), "--json", *options],
        capture_output=True, text=True, check=False, cwd=path.parent,
    )  # fmt: skip
    assert done.stderr == ""
    return done.returncode, json.loads(done.stdout)


def test_erasure_leaves_nothing_and_a_certificate(
    ready, asha, bo, bea, tenant, work, rows, tmp_path, superuser
):
    collection = ready((APP, "app_log", log(30)), QUERY, ACTIVE)
    before = rows()
    assert before["logentry"] == 30
    case = running_case(asha, bo, bea, tenant)
    assert work() == 1
    assert stands(case).state == "done"
    assert set(rows().values()) == {0}
    assert list(storage.everything("eu")) == []
    assert collection_stands(collection).state == "destroyed"
    live = (
        superuser["eu"]
        .execute("select level from diagnostics_contentkey where destroyed_at is null")
        .fetchall()
    )
    assert live == [("tenant",)]

    found = certificate(case)
    path = tmp_path / "certificate.json"
    path.write_text(found.document)
    key = str(signer_of("eu").verifier)
    code, answer = checked(path, "--key", key)
    assert (code, answer["result"]) == (0, "verified")
    assert answer["sha256"] == found.sha256
    assert (answer["case"], answer["tenant"]) == (case.reference, tenant.reference)
    said = json.loads(found.document)["certificate"]
    counted = {row["table"]: row["before"] for row in said["tables"]}
    assert counted["diagnostics_logentry"] == 30
    assert counted["diagnostics_logword"] == before["logword"]
    assert said["destroyed"]["stored_files"] == 1
    assert len(said["destroyed"]["keys"]) == 5
    assert said["opened"]["by"] == "Asha"
    assert {vote["for"] for vote in said["approved"]} == set(GROUPS)
    assert checked(path)[0] == 3


def test_after_an_erasure_the_tenant_is_served_on(ready, asha, bo, bea, tenant, work, rows):
    ready((APP, "app_log", log(3)))
    running_case(asha, bo, bea, tenant)
    work()
    ready((APP, "app_log", log(4)))
    assert rows("logentry") == {"logentry": 4}


def test_erasure_of_a_device_leaves_the_others(
    ready, asha, bo, bea, tenant, work, rows, box, superuser
):
    with region("eu"):
        other = enrolled(tenant, room=box.device.room)
    ready((APP, "app_log", log(5)))
    ready((APP, "app_log", log(7)), device=other)
    case = running_case(
        asha, bo, bea, tenant, reach=CaseReach.DEVICE, reference=box.device.reference
    )
    work()
    assert stands(case).state == "done"
    assert rows("logentry", "collectionfile") == {"logentry": 7, "collectionfile": 1}
    live = (
        superuser["eu"]
        .execute(
            "select count(*) from diagnostics_contentkey"
            " where destroyed_at is null and level = 'data'"
        )
        .fetchone()
    )
    assert live == (4,)
    totals = superuser["eu"].execute("select sum(lines) from diagnostics_logtotal").fetchone()
    assert totals == (7,)


def test_order_under_way_ends_with_the_case(asha, bo, bea, tenant, work, box, vault):
    collection = collected(box.device, tenant)
    running_case(asha, bo, bea, tenant)
    work()
    now = collection_stands(collection)
    assert (now.state, now.why_code) == ("expired", "ERASED")


class Killed(BaseException):
    """As if the process ended here."""


@pytest.mark.parametrize("number", range(5), ids=["stop", "count", "keys", "rows", "check"])
@pytest.mark.parametrize("late", [False, True], ids=["before it", "after it"])
def test_case_that_was_killed_goes_on(
    ready, asha, bo, bea, tenant, work, rows, monkeypatch, number, late, tmp_path
):
    """Killed before a step, or when its work is done and not yet noted."""
    ready((APP, "app_log", log(12)), QUERY)
    case = running_case(asha, bo, bea, tenant)
    real = steps.steps_of

    def broken(one):
        listed = real(one)
        name, does = listed[number]

        def dies(*given):
            if late:
                does(*given)
            raise Killed

        listed[number] = (name, dies)
        return listed

    with monkeypatch.context() as patch:
        patch.setattr(steps, "steps_of", broken)
        with pytest.raises(Killed):
            work()
    assert stands(case).state == "running"
    assert work() == 1
    assert set(rows().values()) == {0}
    said = json.loads(certificate(case).document)["certificate"]
    counted = {row["table"]: row["before"] for row in said["tables"]}
    assert counted["diagnostics_logentry"] == 12
    assert len(said["destroyed"]["keys"]) == 5
    with region("eu"):
        [told] = Destruction.objects.using(OWNER).filter(case_reference=case.reference)
    assert told.counts["diagnostics_logentry"] == 12
    path = tmp_path / "certificate.json"
    path.write_text(certificate(case).document)
    assert checked(path, "--key", str(signer_of("eu").verifier))[0] == 0


def test_worker_killed_after_each_step_loses_and_doubles_nothing(
    ready, asha, bo, bea, tenant, work, rows, tmp_path, cluster, superuser
):
    """A process of its own each time, ended by SIGKILL when its step has done all but say so."""
    ready((APP, "app_log", log(12)), QUERY)
    case = running_case(asha, bo, bea, tenant)
    for number in range(5):
        died = subprocess.run(
            [sys.executable, "-m", "tests.diagnostics.case_worker", str(tmp_path), str(number)],
            cwd=ROOT, env=os.environ | cluster.urls("rooms_worker"), check=False, timeout=180,
            capture_output=True,
        )  # fmt: skip
        assert died.returncode == -signal.SIGKILL, died.stderr
        wait_until_gone(superuser["eu"])
        assert stands(case).state == "running"
    assert work() == 1
    assert set(rows().values()) == {0}
    with region("eu"):
        [told] = Destruction.objects.using(OWNER).filter(case_reference=case.reference)
    assert told.counts["diagnostics_logentry"] == 12
    assert len(told.keys) == 5


def test_case_that_is_done_is_not_done_again(ready, asha, bo, bea, tenant, work):
    ready((APP, "app_log", log(2)))
    case = running_case(asha, bo, bea, tenant)
    assert work() == 1
    first = certificate(case).document
    assert work() == 0
    assert certificate(case).document == first


def test_hold_keeps_a_case_from_starting_and_from_going_on(
    ready, asha, bo, bea, tenant, work, rows
):
    ready((APP, "app_log", log(4)))
    case = opened_case(asha, tenant)
    voted(bo, tenant, case)
    voted(bea, tenant, case)
    erase = granted(asha, tenant, [bo, bea], ERASE, HEALTH)
    placed_hold(asha, tenant, erase)
    with pytest.raises(WrongState, match="legal hold"):
        started(asha, tenant, case, erase)
    assert rows("logentry") == {"logentry": 4}


def test_hold_that_comes_later_stops_the_worker(ready, asha, bo, bea, tenant, work, rows):
    ready((APP, "app_log", log(4)))
    case = running_case(asha, bo, bea, tenant)
    erase = granted(asha, tenant, [bo, bea], ERASE, HEALTH)
    placed_hold(asha, tenant, erase)
    assert work() == 0
    assert stands(case).waits_for == "A legal hold keeps this."
    assert rows("logentry") == {"logentry": 4}


def test_tenant_that_leaves_is_gone_but_for_the_record(
    ready, asha, bo, bea, tenant, work, rows, superuser, tmp_path
):
    collection = ready((APP, "app_log", log(6)), QUERY, ACTIVE)
    with region("eu"):
        device = Device.objects.using(OWNER).select_related("room").get(pk=collection.device_id)
    remediated.plant(tenant, device, "said")
    case = running_case(asha, bo, bea, tenant, kind=CaseKind.DECOMMISSION)
    assert work() == 1, stands(case).waits_for
    assert set(rows().values()) == {0}
    queue = (name.removeprefix("diagnostics_") for name in REMEDIATIONS)
    assert set(rows(*queue).values()) == {0}
    for name in steps.room_tables():
        (left,) = (
            superuser["eu"]
            .execute(f"select count(*) from {name} where tenant_id = %s", [tenant.pk])
            .fetchone()
        )
        assert left == 0, name
    assert Tenant.objects.get(pk=tenant.pk).state == "gone"
    (kept,) = superuser["eu"].execute("select count(*) from access_auditevent").fetchone()
    assert kept > 10
    path = tmp_path / "certificate.json"
    path.write_text(certificate(case).document)
    code, answer = checked(path, "--key", str(signer_of("eu").verifier))
    assert (code, answer["kind"]) == (0, "decommission")
    said = json.loads(path.read_text())["certificate"]
    counted = {row["table"]: row["before"] for row in said["tables"]}
    assert counted["rooms_device"] >= 1
    assert counted["diagnostics_remediation"] == 2


def test_bundle_of_a_tenant_without_keys_is_refused(
    surface, box, asha, bo, bea, tenant, as_worker, as_web
):
    collection = collected(box.device, tenant)
    with surface():
        upload_all(box, collection, bundle_of(collection, (APP, "app_log", log(3))))
    as_worker()
    writing_key("eu", tenant.pk, "log", clock.now("eu"))
    destroy_all_keys("eu", tenant.pk)
    assert check_next("eu") == collection.reference
    as_web()
    now = collection_stands(collection)
    assert (now.state, now.why_code) == ("refused", "KEYS_DESTROYED")
