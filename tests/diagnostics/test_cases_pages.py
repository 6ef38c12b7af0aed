"""The pages of keeping and of deletion cases: open and closed, and one case from end to end."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.core.management import call_command

from access.audit import export, sequencer, tiles
from access.verify import rooms_verify
from diagnostics.cases.run import run_cases
from tests.acts import granted
from tests.diagnostics.keeping import ERASE, HEALTH, opened_case, placed_hold
from tests.diagnostics.sending import APP
from tests.diagnostics.test_logs import log
from tests.diagnostics.test_retention import ACTIVE, age
from tests.people import code_of
from tests.verify.test_verify_real import files, keys_of


@pytest.fixture(autouse=True)
def keys_folder(settings, tmp_path):
    settings.AUDIT_KEYS_DIR = tmp_path / "keys"


@pytest.fixture
def keeping(tenant) -> str:
    return f"/t/{tenant.reference}/keeping/"


@pytest.fixture
def cases(tenant) -> str:
    return f"/t/{tenant.reference}/cases/"


def words(response) -> str:
    return BeautifulSoup(response.content, "html.parser").get_text(" ", strip=True)


def test_keeping_says_what_is_stored_and_when_it_goes(
    sign_in, asha, bo, tenant, keeping, ready, retain, superuser
):
    ready((APP, "app_log", log(5)), ACTIVE, parts=(("app_log", ""), ("activity", "")))
    granted(asha, tenant, [bo], HEALTH)
    text = words(sign_in(asha).get(keeping))
    assert "Log lines and their files" in text
    assert "Activity of people" in text
    age(superuser, timedelta(days=40))
    retain()
    text = words(sign_in(asha).get(keeping))
    assert "Nothing collected is stored here." in text
    assert "Its time was over" in text


def test_closed_keeping_holds_no_value(sign_in, asha, bo, bea, tenant, keeping, ready):
    ready((APP, "app_log", log(5)))
    grant = granted(asha, tenant, [bo, bea], HEALTH, ERASE)
    hold = placed_hold(asha, tenant, grant)
    response = sign_in(bo).get(keeping)
    assert response.status_code == 200
    assert hold.reference not in response.content.decode()
    assert "court" not in response.content.decode()


def test_hold_is_placed_and_confirmed_on_the_page(sign_in, asha, bo, bea, tenant, keeping):
    granted(asha, tenant, [bo, bea], HEALTH, ERASE)
    client = sign_in(asha)
    sent = {"reach": "tenant", "reference": "", "reason": "A court asks for it"}
    assert client.post(keeping, sent).status_code == 303
    text = words(client.get(keeping))
    assert "Waits for a second person" in text
    assert client.post(keeping, sent | {"reach": "room"}).status_code == 422


def test_hold_needs_both_grants(sign_in, asha, bo, tenant, keeping):
    granted(asha, tenant, [bo], HEALTH)
    sent = {"reach": "tenant", "reference": "", "reason": "A court asks for it"}
    assert sign_in(asha).post(keeping, sent).status_code == 403


def test_other_tenant_s_people_find_no_cases(sign_in, casey, cases, asha, tenant):
    case = opened_case(asha, tenant)
    assert sign_in(casey).get(cases).status_code == 404
    assert sign_in(casey).get(f"{cases}{case.reference}/").status_code == 404


def test_case_of_an_unknown_room_is_refused_in_the_form(sign_in, asha, tenant, cases):
    sent = {
        "kind": "erasure", "reach": "room", "reference": "RM-00000000", "asked_by": "Letter 17",
        "reason": "The customer asks for it",
    }  # fmt: skip
    response = sign_in(asha).post(cases, sent)
    assert response.status_code == 422
    assert "no such room" in words(response)


def test_case_from_its_opening_to_its_certificate(
    sign_in, asha, bo, bea, tenant, cases, ready, as_worker, as_web, as_auditor, tmp_path
):
    """Through the pages; and the record verifies and shows what was there and is gone."""
    ready((APP, "app_log", log(9)))
    sent = {
        "kind": "erasure", "reach": "tenant", "reference": "", "asked_by": "Letter 17",
        "reason": "The customer asks for it",
    }  # fmt: skip
    client = sign_in(asha)
    made = client.post(cases, sent)
    assert made.status_code == 303
    page = made["Location"]
    assert "Nobody has voted yet." in words(client.get(page))
    for approver in (bo, bea):
        voter = sign_in(approver)
        vote = {"answer": "approve", "reason": "", "code": code_of(approver)}
        assert voter.post(f"{page}vote/", vote).status_code == 303, approver.name
    assert client.post(f"{page}start/").status_code == 403
    granted(asha, tenant, [bo, bea], ERASE)
    assert client.post(f"{page}start/").status_code == 303
    assert client.get(f"{page}certificate.json").status_code == 404
    as_worker()
    assert run_cases("eu") == 1
    as_web()
    assert "Certificate signed" in words(client.get(page))
    taken = client.get(f"{page}certificate.json")
    assert taken["Content-Disposition"].startswith("attachment")
    digest = json.loads(taken.content)["certificate"]["destroyed"]["keys_sha256"]
    assert len(digest) == 64

    as_auditor()
    while sequencer.sequence("eu"):
        pass
    call_command("sign_checkpoints", "--once")
    bundle = files(export.whole_log("eu"))
    report = rooms_verify.verify_source(bundle, keys_of(bundle))
    assert report.exit_code == 0, rooms_verify.as_text(report)
    kinds = [json.loads(entry)["type"] for entry in entries_of(bundle)]
    for kind in ("collection.ready", "case.approved", "case.keys_destroyed", "case.done"):
        assert kind in kinds, kind
    assert kinds.index("collection.ready") < kinds.index("data.destroyed")


def entries_of(bundle: bytes) -> list[bytes]:
    """The leaves of an exported log, in order."""
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        return [
            entry
            for name in sorted(archive.namelist())
            if name.startswith("tile/entries/")
            for entry in tiles.unbundle(archive.read(name))
        ]


def test_wrong_code_is_no_vote(sign_in, asha, bo, tenant, cases):
    case = opened_case(asha, tenant)
    vote = {"answer": "approve", "reason": "", "code": "000000"}
    assert sign_in(bo).post(f"{cases}{case.reference}/vote/", vote).status_code == 422


def test_refusal_needs_a_reason(sign_in, asha, bo, tenant, cases):
    case = opened_case(asha, tenant)
    vote = {"answer": "refuse", "reason": "", "code": code_of(bo)}
    response = sign_in(bo).post(f"{cases}{case.reference}/vote/", vote)
    assert response.status_code == 422
    assert "A refusal needs a reason" in words(response)


def test_whoever_asks_cannot_vote_on_the_page(sign_in, asha, bo, tenant, cases):
    case = opened_case(asha, tenant)
    text = words(sign_in(asha).get(f"{cases}{case.reference}/"))
    assert "Approvers of the tenant decide" in text


def test_case_is_withdrawn_before_it_runs(sign_in, asha, tenant, cases):
    case = opened_case(asha, tenant)
    assert sign_in(asha).post(f"{cases}{case.reference}/withdraw/").status_code == 303
    assert "Withdrawn" in words(sign_in(asha).get(cases))


@pytest.mark.parametrize("name", ["vote/", "withdraw/", "start/"])
def test_acts_are_no_pages(sign_in, asha, tenant, cases, name):
    case = opened_case(asha, tenant)
    assert sign_in(asha).get(f"{cases}{case.reference}/{name}").status_code == 405
