"""The approvals inbox: what needs this person, oldest deadline first, across regions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from access.models import Staff, Tenant
from access.models.requests import Decision
from access.scopes import Relation, Scope
from tests import acts, people
from tests.html_lint import problems

SignIn = Callable[[Staff], Client]
POLL = {"HX-Request": "true"}


def inbox(client: Client, query: str = "") -> Any:
    return client.get(reverse("access:approvals") + query)


def listed(response: Any) -> list[str]:
    return [card["one"].asked.reference for card in response.context["cards"]]


def test_approvals_empty_says_so(tenant: Tenant, bo: Staff, sign_in: SignIn) -> None:
    html = inbox(sign_in(bo)).content.decode()
    assert "Nothing waits for your decision." in html
    assert problems(html) == []


def test_approvals_lists_what_i_may_decide_across_regions_soonest_first(
    tenant: Tenant, asha: Staff, bo: Staff, sign_in: SignIn
) -> None:
    far = people.tenant("us")
    people.relate(asha, Relation.MAY_ASK, far)
    people.relate(bo, Relation.MAY_DECIDE, far)
    first = acts.ask(asha, far, rooms=["RM-AAAA1111"])
    second = acts.ask(asha, tenant)
    response = inbox(sign_in(bo))
    html = response.content.decode()
    assert listed(response) == [first.reference, second.reference]
    assert response.context["count"] == 2
    assert "Asha asks for 1 hour on one room" in html
    assert "Asha asks for 1 hour on the whole tenant" in html
    assert "INC-20931, the front display is dark" in html
    assert "employment, screening, training and privacy are in date." in html
    assert problems(html) == []


def test_approvals_leaves_out_my_own_and_what_is_not_mine_to_decide(
    tenant: Tenant,
    other_tenant: Tenant,
    bo: Staff,
    bea: Staff,
    casey: Staff,
    sign_in: SignIn,
) -> None:
    people.person("carla", decides=[other_tenant])
    people.relate(bo, Relation.MAY_ASK, tenant)
    own = acts.ask(bo, tenant)
    acts.ask(casey, other_tenant)
    assert listed(inbox(sign_in(bo))) == []
    assert listed(inbox(sign_in(bea))) == [own.reference]
    assert listed(inbox(sign_in(casey))) == []


def test_approvals_counts_what_needs_me_and_not_what_waits_for_others(
    tenant: Tenant, asha: Staff, bo: Staff, bea: Staff, sign_in: SignIn
) -> None:
    request = acts.vote(bo, tenant, acts.ask(asha, tenant, Scope.ACTIVITY_VIEW))
    mine, hers = inbox(sign_in(bo)), inbox(sign_in(bea))
    assert (mine.context["count"], listed(mine)) == (0, [])
    assert "Waiting for somebody else" in mine.content.decode()
    assert (hers.context["count"], listed(hers)) == (1, [request.reference])
    assert "1 of 2 approvals" in hers.content.decode()


def test_approvals_leaves_out_what_has_lapsed_before_any_job_ran(
    tenant: Tenant, asha: Staff, bo: Staff, sign_in: SignIn, held_clock: Any
) -> None:
    acts.ask(asha, tenant)
    client = sign_in(bo)
    held_clock.shift(timedelta(minutes=61))
    assert listed(inbox(client)) == []


def test_approvals_shows_a_requester_whose_training_lapsed(
    tenant: Tenant, asha: Staff, bo: Staff, sign_in: SignIn
) -> None:
    acts.ask(asha, tenant)
    people.lose_training(asha)
    html = inbox(sign_in(bo)).content.decode()
    assert "Privacy and security training is not in date." in html


def test_approvals_decided_shows_my_votes_and_nobody_elses(
    tenant: Tenant, asha: Staff, bo: Staff, bea: Staff, sign_in: SignIn
) -> None:
    first = acts.vote(bo, tenant, acts.ask(asha, tenant))
    second = acts.vote(bea, tenant, acts.ask(asha, tenant, Scope.HEALTH_VIEW), Decision.DENY)
    html = inbox(sign_in(bo), "?tab=decided").content.decode()
    assert first.reference in html
    assert "You approved 1 hour." in html
    assert second.reference not in html
    assert problems(html) == []


def test_approvals_decided_empty_says_so(tenant: Tenant, bo: Staff, sign_in: SignIn) -> None:
    assert "You have decided nothing yet." in (inbox(sign_in(bo), "?tab=decided").content.decode())


def test_approvals_polled_answers_204_until_something_changed(
    tenant: Tenant, asha: Staff, bo: Staff, sign_in: SignIn
) -> None:
    client = sign_in(bo)
    seen = inbox(client).context["version"]
    polled = f"?tab=waiting&seen={seen}"
    url = reverse("access:approvals") + polled
    assert client.get(url, headers=POLL).status_code == 204
    acts.ask(asha, tenant)
    response = client.get(url, headers=POLL)
    assert response.status_code == 200
    assert response.content.decode().lstrip().startswith('<section id="approvals"')


def test_approvals_names_a_region_that_is_down(
    tenant: Tenant, asha: Staff, bo: Staff, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = acts.ask(asha, tenant)
    client = sign_in(bo)
    connections["us"].close()
    monkeypatch.setitem(connections["us"].settings_dict, "PORT", "1")
    response = inbox(client)
    html = response.content.decode()
    assert response.status_code == 200
    assert listed(response) == [request.reference]
    assert "The database of US does not answer" in html


def test_approvals_takes_the_same_number_of_statements_for_one_and_three(
    tenant: Tenant, asha: Staff, bo: Staff, sign_in: SignIn
) -> None:
    client = sign_in(bo)
    acts.ask(asha, tenant)
    inbox(client)
    one = statements(client)
    acts.ask(asha, tenant, Scope.HEALTH_VIEW)
    acts.ask(asha, tenant, Scope.ACCOUNT_VIEW)
    assert statements(client) == one


def statements(client: Client) -> int:
    """How many statements the inbox takes, over all databases."""
    with (
        CaptureQueriesContext(connections["default"]) as control,
        CaptureQueriesContext(connections["eu"]) as eu,
    ):
        inbox(client)
    return len(control) + len(eu)
