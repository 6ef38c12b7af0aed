"""Settings and policies: proposed by one person, agreed to by another, readable as words."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from django.db import ProgrammingError

from access.residency import region
from diagnostics.models import AutomationPolicy, RemediationNotice, RemediationSettings
from diagnostics.remediation.guardrails.limits import DEFAULTS
from diagnostics.remediation.tenant_rules import NO_RULES, rules_of
from tests.acts import granted
from tests.diagnostics.collections import OWNER
from tests.diagnostics.waves import HEALTH, WORK, standing
from tests.people import code_of, forget_codes

EVERYTHING = {
    "maintenance": "Mon to Fri 22:00 to 05:00\nEvery day all day",
    "holidays": "2026-12-25",
    "freezes": "2026-12-20 00:00 to 2026-12-28 00:00 UTC: Year end",
    "channel": "agent",
    "directory": "",
    "tenant_per_hour": "50",
    "reason": "The customer's change board, 12 November",
}


def words(response) -> str:
    return BeautifulSoup(response.content, "html.parser").get_text(" ", strip=True)


@pytest.fixture
def settings_page(tenant) -> str:
    return f"/t/{tenant.reference}/remediation/settings/"


@pytest.fixture
def policies(tenant) -> str:
    return f"/t/{tenant.reference}/remediation/policies/"


@pytest.fixture
def may_propose(asha, bo, tenant):
    granted(asha, tenant, [bo], HEALTH, WORK)


def version_of(model: type, **fields):
    with region("eu"):
        return model.objects.using(OWNER).get(**fields)


def rules(tenant):
    with region("eu"):
        return rules_of([tenant.pk])[tenant.pk]


def decide(client, page: str, version, staff, answer: str = "approve", **changed: str):
    sent = {"answer": answer, "reason": "", "digest": version.digest, "code": code_of(staff)}
    return client.post(f"{page}{version.reference}/decide/", sent | changed)


@pytest.fixture
def proposed(sign_in, asha, may_propose, settings_page):
    assert sign_in(asha).post(settings_page, EVERYTHING).status_code == 303
    return version_of(RemediationSettings)


# -- Settings -------------------------------------------------------------------------------------


def test_settings_hold_when_another_person_agrees(
    sign_in, asha, bo, bea, tenant, settings_page, proposed
):
    assert (proposed.state, proposed.version) == ("proposed", 1)
    with region("eu"):
        told = set(RemediationNotice.objects.using(OWNER).values_list("staff_id", "code"))
    assert told == {(bo.pk, "decision_wanted"), (bea.pk, "decision_wanted")}
    client = sign_in(bo)
    text = words(client.get(f"{settings_page}{proposed.reference}/decide/"))
    assert "Mon to Fri 22:00 to 05:00; Every day all day" in text
    assert "Actions in one tenant in an hour 500 50" in text
    assert decide(client, settings_page, proposed, bo).status_code == 303
    assert version_of(RemediationSettings).state == "in_force"
    text = words(client.get(settings_page))
    assert "Year end" in text
    assert "version 1" in text
    soup = BeautifulSoup(sign_in(asha).get(settings_page).content, "html.parser")
    lines = soup.find("textarea", attrs={"name": "maintenance"}).text.strip().splitlines()
    assert lines == EVERYTHING["maintenance"].splitlines()
    assert soup.find("input", attrs={"name": "tenant_per_hour"})["value"] == "50"


def test_worker_reads_the_rules_in_force(
    sign_in, bo, tenant, other_tenant, settings_page, proposed, as_worker, as_web
):
    as_worker()
    assert rules(tenant) == NO_RULES
    as_web()
    decide(sign_in(bo), settings_page, proposed, bo)
    as_worker()
    with region("eu"):
        found = rules_of([tenant.pk, other_tenant.pk])
    assert found[tenant.pk].limits.tenant_per_hour == 50
    assert len(found[tenant.pk].calendar.maintenance) == 2
    assert found[other_tenant.pk] == NO_RULES


def test_nobody_agrees_alone(sign_in, asha, tenant, settings_page, proposed):
    assert decide(sign_in(asha), settings_page, proposed, asha).status_code == 403
    with (
        pytest.raises(ProgrammingError, match="does not move"),
        standing(asha, tenant, f"step_up:remediation:{proposed.pk}"),
    ):
        RemediationSettings.objects.filter(pk=proposed.pk).update(state="in_force")


UNREADABLE = (
    ("maintenance", "Someday 22:00 to 05:00", "is no window"),
    ("holidays", "25.12.2026", "is no day"),
    ("freezes", "2026-12-28 00:00 to 2026-12-20 00:00 UTC: Turned round", "is no freeze"),
    ("channel", "graph", "directory (tenant id)"),
    # A limit is never raised.
    (
        "tenant_per_hour",
        str(DEFAULTS.tenant_per_hour + 1),
        f"from 0 to {DEFAULTS.tenant_per_hour}",
    ),
)


def test_what_cannot_be_read_says_how_it_looks(sign_in, asha, may_propose, settings_page):
    client = sign_in(asha)
    for field, typed, told in UNREADABLE:
        response = client.post(settings_page, EVERYTHING | {field: typed})
        assert response.status_code == 422, field
        assert told in words(response)


def test_closed_settings_hold_no_value(sign_in, casey, eli, settings_page, proposed):
    page = f"{settings_page}{proposed.reference}/decide/"
    assert sign_in(casey).get(page).status_code == 404
    assert sign_in(eli).get(page).status_code == 404
    assert sign_in(eli).post(settings_page, EVERYTHING).status_code == 403
    response = sign_in(eli).get(settings_page)
    assert response.status_code == 200
    assert "Year end" not in response.content.decode()
    assert proposed.reference not in response.content.decode()


def test_one_proposal_waits_at_a_time(sign_in, asha, settings_page, proposed):
    client = sign_in(asha)
    assert client.post(settings_page, EVERYTHING).status_code == 409
    withdrawn = client.post(f"{settings_page}{proposed.reference}/withdraw/")
    assert withdrawn.status_code == 303
    assert client.post(settings_page, EVERYTHING).status_code == 303


def test_refusal_is_kept_with_its_reason(sign_in, bo, settings_page, proposed):
    client = sign_in(bo)
    assert decide(client, settings_page, proposed, bo, "refuse").status_code == 422
    told = {"reason": "Not in December"}
    assert decide(client, settings_page, proposed, bo, "refuse", **told).status_code == 303
    assert version_of(RemediationSettings).state == "refused"
    assert "Not in December" in words(client.get(settings_page))


def test_next_version_replaces_the_one_before_and_shows_what_changed(
    sign_in, asha, bo, settings_page, proposed
):
    decide(sign_in(bo), settings_page, proposed, bo)
    client = sign_in(asha)
    client.post(settings_page, EVERYTHING | {"tenant_per_hour": "20"})
    second = version_of(RemediationSettings, version=2)
    text = words(client.get(settings_page))
    assert "Actions in one tenant in an hour 50 20" in text
    assert "Holidays 2026-12-25 2026" not in text
    forget_codes(bo)
    assert decide(sign_in(bo), settings_page, second, bo).status_code == 303
    assert version_of(RemediationSettings, version=1).state == "replaced"


# -- Policies -------------------------------------------------------------------------------------

SIGNAL = "app_heartbeat"
POLICY = {
    "action": "restart_app",
    "after_minutes": "30",
    "most_per_day": "5",
    "reason": "The customer's change board, 12 November",
}


@pytest.fixture
def policy_proposed(sign_in, asha, may_propose, policies):
    response = sign_in(asha).post(f"{policies}?signal={SIGNAL}", POLICY)
    assert response.status_code == 303, words(response)
    return version_of(AutomationPolicy)


def test_policy_is_a_sentence_that_two_people_agree_on(
    sign_in, asha, bo, policies, policy_proposed
):
    client = sign_in(bo)
    page = f"{policies}{policy_proposed.reference}/decide/"
    sentence = "has been open for 30 minutes: restart the meeting app, in the room's next window"
    assert sentence in words(client.get(page))
    assert decide(client, policies, policy_proposed, bo).status_code == 303
    assert version_of(AutomationPolicy).state == "in_force"
    assert "nothing" in words(sign_in(asha).get(policies))


def test_page_offers_only_what_may_mend_the_signal(sign_in, asha, may_propose, policies):
    soup = BeautifulSoup(sign_in(asha).get(f"{policies}?signal=usb_suspend").content, "html.parser")
    offered = {one["value"] for one in soup.find_all("input", attrs={"name": "action"})}
    assert offered == {"usb_suspend_off"}
    response = sign_in(asha).post(f"{policies}?signal=usb_suspend", POLICY)
    assert response.status_code == 422


def test_one_person_ends_a_policy(sign_in, asha, bo, bea, eli, policies, policy_proposed):
    decide(sign_in(bo), policies, policy_proposed, bo)
    page = f"{policies}{policy_proposed.reference}/end/"
    assert sign_in(eli).post(page).status_code == 404
    assert version_of(AutomationPolicy).state == "in_force"
    response = sign_in(bea).post(page)
    assert response.status_code == 303
    ended = version_of(AutomationPolicy)
    assert (ended.state, ended.ended_by_label) == ("ended", bea.name)


def test_second_policy_of_a_signal_replaces_the_first(sign_in, asha, bo, policies, policy_proposed):
    decide(sign_in(bo), policies, policy_proposed, bo)
    sign_in(asha).post(f"{policies}?signal={SIGNAL}", POLICY | {"most_per_day": "1"})
    second = version_of(AutomationPolicy, version=2)
    forget_codes(bo)
    decide(sign_in(bo), policies, second, bo)
    assert version_of(AutomationPolicy, version=1).state == "replaced"
    assert version_of(AutomationPolicy, version=2).state == "in_force"
