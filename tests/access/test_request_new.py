"""Asking for access: the form, what it refuses, and what it never reads."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from access import relations
from access.actions.stops import press_stop
from access.lock import context
from access.models import AccessRequest, Staff, Tenant
from access.models.grants import LockoutKind
from access.scopes import Scope
from tests import acts, people
from tests.html_lint import problems

SignIn = Callable[[Staff], Client]
ROOM = "RM-AAAA1111"
REASON = "The front display stays dark since the update."


def form(**changes: Any) -> dict[str, Any]:
    """What a browser sends for one room's inventory for an hour."""
    sent: dict[str, Any] = {
        "reach": ROOM,
        "scope": ["inventory.view"],
        "minutes": "60",
        "purpose": "mitigate",
        "reason": REASON,
        "incident": "",
        "not_before": "",
        "other_rooms": "",
    }
    return {**sent, **changes}


def url(tenant: Tenant, query: str = "") -> str:
    return reverse("access:request_new", args=[tenant.reference]) + query


def still(response: HttpResponse) -> str:
    """The page without its clock and its token, which differ each time."""
    text = re.sub(r'data-now="\d+"', "", response.content.decode())
    return re.sub(r"[A-Za-z0-9]{64}", "", text)


def requests_of(person: Staff, tenant: Tenant) -> list[AccessRequest]:
    with acts.entered(person, tenant):
        return list(AccessRequest.objects.filter(requester_id=person.pk))


def test_request_new_from_a_link_is_prefilled_with_the_narrowest(
    tenant: Tenant, asha: Staff, bo: Staff, sign_in: SignIn
) -> None:
    link = url(tenant, f"?scope=health.view&room={ROOM}&incident=INC-21007")
    response = sign_in(asha).get(link)
    html = response.content.decode()
    assert response.status_code == 200
    assert f'value="{ROOM}"' in html
    assert response.context["form"]["reach"].value() == ROOM
    assert [r.details.scope for r in response.context["form"].chosen] == [Scope.HEALTH_VIEW]
    assert response.context["summary"] == (
        f"Ask for Health of room {ROOM} of {tenant.reference} for up to 4 hours, for INC-21007."
        " Shown from the EU data centre."
    )
    assert "Who can: Bo." in html
    assert problems(html) == []


def test_request_new_without_a_link_chooses_no_scope_50(
    tenant: Tenant, asha: Staff, bo: Staff, sign_in: SignIn
) -> None:
    response = sign_in(asha).get(url(tenant))
    assert response.context["form"].chosen == []
    html = response.content.decode()
    assert "Meeting subject and body" in html
    assert "Never collected" in html


def test_request_new_offers_only_what_the_relation_covers(
    tenant: Tenant, asha: Staff, dana: Staff, bo: Staff, sign_in: SignIn
) -> None:
    asking = sign_in(asha).get(url(tenant)).content.decode()
    auditing = sign_in(dana).get(url(tenant)).content.decode()
    assert 'value="inventory.view"' in asking
    assert 'value="audit.view"' not in asking
    assert 'value="audit.view"' in auditing
    assert 'value="inventory.view"' not in auditing


def test_request_new_made_goes_to_the_request(
    tenant: Tenant, asha: Staff, bo: Staff, sign_in: SignIn
) -> None:
    response = sign_in(asha).post(url(tenant), form(incident="inc-21007"))
    [made] = requests_of(asha, tenant)
    assert response.status_code == 303
    assert response["Location"] == reverse(
        "access:request", args=[tenant.reference, made.reference]
    )
    assert made.room_references == [ROOM]
    assert made.whole_tenant is False
    assert made.duration == timedelta(hours=1)
    assert made.incident_reference == "INC-21007"


def test_request_new_for_other_rooms_reads_their_references(
    tenant: Tenant, asha: Staff, bo: Staff, sign_in: SignIn
) -> None:
    sent = form(reach="other", other_rooms=" rm-bbbb2222, RM-CCCC3333 RM-BBBB2222")
    assert sign_in(asha).post(url(tenant), sent).status_code == 303
    [made] = requests_of(asha, tenant)
    assert made.room_references == ["RM-BBBB2222", "RM-CCCC3333"]


def test_request_new_for_the_whole_tenant(
    tenant: Tenant, asha: Staff, bo: Staff, sign_in: SignIn
) -> None:
    assert sign_in(asha).post(url(tenant), form(reach="tenant")).status_code == 303
    assert requests_of(asha, tenant)[0].whole_tenant is True


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("minutes", "0", "at least 1 minute"),
        ("minutes", "-5", "at least 1 minute"),
        ("minutes", "NaN", "whole minutes"),
        ("minutes", "1e3", "whole minutes"),
        ("minutes", "9" * 5000, "whole minutes"),
        ("minutes", "999999999", "At most"),
        ("minutes", "", "Choose a time."),
        ("reason", "", "Write what you will look for."),
        ("reason", "\u200b" * 40, "Write it in words"),
        ("reason", " \u00a0 " * 20, "Write what you will look for."),
        ("reason", "too short", "At least 20 characters; this has 9."),
        ("reason", "x" * 301, "At most 300 characters; this has 301."),
        ("scope", [], "Choose at least one kind of access."),
        ("scope", ["audit.view"], "not offered to you"),
        ("scope", ["everything"], "not offered to you"),
        ("purpose", "curiosity", "Choose a purpose from the list."),
        ("reach", "RM-' or 1=1", "Choose from the list."),
        ("reach", "", "Choose where."),
        ("incident", "INC-<b>", "looks like INC-21007"),
        ("not_before", "yesterday", "Write a date and time"),
        ("not_before", "2001-01-01T00:00", "within the next 7 days"),
        ("not_before", "9999-12-31T23:59", "within the next 7 days"),
        ("other_rooms", "RM-1", ""),
    ],
)
def test_request_new_with_a_mistake_keeps_what_was_typed(
    field: str, value: Any, words: str, tenant: Tenant, asha: Staff, bo: Staff, sign_in: SignIn
) -> None:
    changes = {field: value}
    if field == "other_rooms":
        changes["reach"] = "other"
        words = "room references such as"
    response = sign_in(asha).post(url(tenant), form(**changes))
    html = response.content.decode()
    assert response.status_code == 422
    assert words in html
    assert requests_of(asha, tenant) == []
    if field != "reason":
        assert REASON in html
    assert problems(html) == []


def test_request_new_counts_characters_not_bytes_38(
    tenant: Tenant, asha: Staff, bo: Staff, sign_in: SignIn
) -> None:
    client = sign_in(asha)
    reason = "display dark " + "\U0001f4fa" * 287
    assert len(reason) == 300
    assert client.post(url(tenant), form(reason=reason + "x")).status_code == 422
    assert client.post(url(tenant), form(reason=reason)).status_code == 303


def test_request_new_longer_than_the_strictest_limit_says_the_limit_40(
    tenant: Tenant, asha: Staff, bo: Staff, sign_in: SignIn
) -> None:
    sent = form(scope=["inventory.view", "account.view"], minutes="480")
    response = sign_in(asha).post(url(tenant), sent)
    assert response.status_code == 422
    assert "At most 4 hours for this access." in response.content.decode()


def test_request_new_with_a_purpose_that_does_not_justify_names_those_that_do_45(
    tenant: Tenant, asha: Staff, bo: Staff, sign_in: SignIn
) -> None:
    sent = form(scope=["diagnostics.view"], purpose="connectivity")
    response = sign_in(asha).post(url(tenant), sent)
    assert response.status_code == 422
    assert "Identify, diagnose and mitigate an issue" in str(response.context["form"].errors)


def test_request_new_never_reads_other_fields_154(
    tenant: Tenant, other_tenant: Tenant, asha: Staff, bo: Staff, sign_in: SignIn
) -> None:
    extra = {
        "state": "approved",
        "tenant": other_tenant.reference,
        "tenant_id": str(other_tenant.pk),
        "requester": str(bo.pk),
        "requester_id": str(bo.pk),
        "approver": str(asha.pk),
        "votes_needed": "0",
        "ends_at": "2099-01-01T00:00",
        "duration": "99:00:00",
    }
    assert sign_in(asha).post(url(tenant), form(**extra)).status_code == 303
    [made] = requests_of(asha, tenant)
    assert (made.state, made.tenant_id, made.requester_id) == ("submitted", tenant.pk, asha.pk)
    assert (made.votes_needed, made.duration) == (1, timedelta(hours=1))


def test_request_new_twice_names_the_first_47(
    tenant: Tenant, asha: Staff, bo: Staff, sign_in: SignIn
) -> None:
    client = sign_in(asha)
    client.post(url(tenant), form())
    response = client.post(url(tenant), form())
    [first] = requests_of(asha, tenant)
    assert response.status_code == 422
    assert f"You have asked for this already: {first.reference}." in response.content.decode()


def test_request_new_without_training_says_how_to_mend_it_49(
    tenant: Tenant, asha: Staff, bo: Staff, sign_in: SignIn
) -> None:
    people.lose_training(asha)
    client = sign_in(asha)
    html = client.get(url(tenant)).content.decode()
    assert "Finish the training" in html
    assert "Ask for access</button>" not in html
    assert client.post(url(tenant), form()).status_code == 422
    assert requests_of(asha, tenant) == []


def test_request_new_by_a_subcontractor_shows_what_is_for_employees_168(
    tenant: Tenant, eli: Staff, bo: Staff, bea: Staff, sign_in: SignIn
) -> None:
    client = sign_in(eli)
    assert "is for employees" in client.get(url(tenant)).content.decode()
    response = client.post(url(tenant), form(scope=["activity.view"]))
    assert response.status_code == 422
    assert requests_of(eli, tenant) == []


def test_request_new_that_nobody_could_decide_is_refused_07(
    tenant: Tenant, asha: Staff, bo: Staff, sign_in: SignIn
) -> None:
    sent = form(scope=["activity.view"], minutes="30")
    response = sign_in(asha).post(url(tenant), sent)
    assert response.status_code == 422
    assert "This needs 2 of the people who decide" in response.content.decode()


def test_request_new_by_an_approver_has_no_form(
    tenant: Tenant, bo: Staff, bea: Staff, sign_in: SignIn
) -> None:
    client = sign_in(bo)
    assert "<textarea" not in client.get(url(tenant)).content.decode()
    assert client.post(url(tenant), form()).status_code == 422
    assert requests_of(bo, tenant) == []


def test_request_new_not_before_is_utc_60(
    tenant: Tenant, asha: Staff, bo: Staff, sign_in: SignIn
) -> None:
    start = (timezone.now() + timedelta(days=1)).replace(second=0, microsecond=0)
    sent = form(not_before=start.strftime("%Y-%m-%dT%H:%M"))
    assert sign_in(asha).post(url(tenant), sent).status_code == 303
    assert requests_of(asha, tenant)[0].not_before == start


def test_request_new_for_an_unknown_tenant_and_anothers_is_the_same_404_153(
    tenant: Tenant, other_tenant: Tenant, asha: Staff, sign_in: SignIn
) -> None:
    client = sign_in(asha)
    unknown = client.get("/t/TN-ZZZZ9999/ask/")
    anothers = client.get(url(other_tenant))
    assert unknown.status_code == anothers.status_code == 404
    one = still(unknown).replace("TN-ZZZZ9999", "")
    assert one == still(anothers).replace(other_tenant.reference, "")


def test_request_new_signed_out_leads_to_sign_in(tenant: Tenant) -> None:
    response = Client().get(url(tenant))
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("access:sign_in"))


def test_request_new_refused_is_recorded_133(
    tenant: Tenant, asha: Staff, sign_in: SignIn, superuser: dict[str, Any]
) -> None:
    response = sign_in(asha).post(url(tenant), form())
    assert response.status_code == 422
    rows = superuser["eu"].execute(
        "select detail->>'code' from access_auditevent where type = 'act.refused'"
    )
    assert [row[0] for row in rows] == ["no_approver"]


def test_request_new_of_what_is_not_offered_is_answered_as_unknown_43(
    tenant: Tenant, asha: Staff, bo: Staff, sign_in: SignIn
) -> None:
    client = sign_in(asha)
    answers = {
        str(client.post(url(tenant), form(scope=[scope])).context["form"].errors["scope"])
        for scope in ("audit.view", "policy.manage", "no.such")
    }
    assert len(answers) == 1


def test_request_new_from_a_country_the_tenant_excludes_is_refused_169(
    tenant: Tenant, asha: Staff, bo: Staff, sign_in: SignIn
) -> None:
    Tenant.objects.using(people.OWNER).filter(pk=tenant.pk).update(staff_countries=["FR"])
    client = sign_in(asha)
    assert "is served by staff in FR only" in client.get(url(tenant)).content.decode()
    assert client.post(url(tenant), form()).status_code == 422
    assert requests_of(asha, tenant) == []


def test_request_new_during_an_emergency_stop_is_refused_with_the_text_kept(
    tenant: Tenant, asha: Staff, bo: Staff, sign_in: SignIn
) -> None:
    with context.opened("eu", by=bo, claims=["stop"]):
        press_stop(
            by=bo,
            standing=relations.of(bo),
            kind=LockoutKind.PERSON,
            target=(asha.person_id, asha.name),
            reason="Something is wrong",
        )
    response = sign_in(asha).post(url(tenant), form())
    html = response.content.decode()
    assert response.status_code == 422
    assert "An emergency stop is in force." in html
    assert REASON in html
    assert requests_of(asha, tenant) == []


def test_request_new_while_the_region_is_down_is_an_honest_page(
    tenant: Tenant, asha: Staff, bo: Staff, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = sign_in(asha)
    with monkeypatch.context() as outage:
        connections["eu"].close()
        outage.setitem(connections["eu"].settings_dict, "PORT", "1")
        response = client.post(url(tenant), form())
    assert response.status_code == 503
    assert "nothing was changed" in response.content.decode()
    assert requests_of(asha, tenant) == []


def test_request_new_without_the_token_is_refused_152(
    tenant: Tenant, asha: Staff, bo: Staff, sign_in: SignIn
) -> None:
    client = sign_in(asha)
    client.handler.enforce_csrf_checks = True
    headers = {"HX-Request": "true"}
    assert client.post(url(tenant), form(), headers=headers).status_code == 403
    assert requests_of(asha, tenant) == []
