"""The emergency stop on its page: pressed by one, in every region, released by two."""

from __future__ import annotations

import pytest

from access.held import grants_of
from access.models import AccessRequest
from access.residency import REGIONS
from access.scopes import Relation, Scope
from access.states import RequestState
from tests import people
from tests.acts import ask, entered, granted
from tests.html_lint import problems
from tests.outage import down

URL = "/stop/"
WHY = "A laptop was lost"


def page(client):
    response = client.get(URL)
    assert response.status_code == 200
    html = response.content.decode()
    assert problems(html) == []
    return html


def press(client, **sent):
    return client.post(URL, {"reason": WHY, **sent})


def standing(superuser):
    """How many stops stand in each region, seen from behind the lock."""
    count = "select count(*) from access_lockout where released_at is null"
    return {region: superuser[region].execute(count).fetchone()[0] for region in REGIONS}


def stops_of(client):
    return client.get(URL).context["stops"]


def release(client, stop):
    return client.post(f"/stop/{stop.first.pk}/release/", {"seen": stop.version})


def test_stop_of_a_person_is_in_force_in_every_region_at_once_92(
    tenant, asha, bo, sign_in, superuser
):
    granted(asha, tenant, [bo])
    waiting = ask(asha, tenant, Scope.HEALTH_VIEW)
    client = sign_in(bo)
    response = press(client, target=f"person:{asha.person_id}")
    assert response.status_code == 303
    assert standing(superuser) == dict.fromkeys(REGIONS, 1)
    assert grants_of(asha, "") == []
    with entered(asha, tenant):
        assert AccessRequest.objects.get(pk=waiting.pk).state == RequestState.VOID
    html = page(client)
    assert "Asha" in html
    assert WHY in html
    assert "APAC, Control plane, EU, US" in html


def test_stop_of_a_tenant_is_in_force_in_its_region_92(tenant, asha, bo, sign_in, superuser):
    granted(asha, tenant, [bo])
    assert press(sign_in(bo), target=f"tenant:{tenant.reference}").status_code == 303
    assert standing(superuser) == {"eu": 1, "apac": 0, "us": 0}
    assert grants_of(asha, "") == []


def test_stop_by_email_reaches_somebody_who_never_asked(tenant, bo, casey, sign_in, superuser):
    assert press(sign_in(bo), email=casey.email.upper()).status_code == 303
    assert standing(superuser) == dict.fromkeys(REGIONS, 1)


def test_region_that_is_down_is_named_and_the_others_are_stopped(
    tenant, asha, bo, sign_in, superuser
):
    granted(asha, tenant, [bo])
    client = sign_in(bo)
    with down("us"):
        response = press(client, target=f"person:{asha.person_id}")
    html = response.content.decode()
    assert response.status_code == 503
    assert "Not stopped in US." in html
    assert 'role="alert"' in html
    assert WHY in html
    assert standing(superuser) == {"eu": 1, "apac": 1, "us": 0}
    assert grants_of(asha, "") == []


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"target": "tenant:TN-ZZZZ9999"},
        {"target": "person:11111111-1111-1111-1111-111111111111"},
        {"target": "everybody"},
        {"email": "nobody@rooms-ops.example"},
        {"email": "not an address"},
        {"email": "asha@rooms-ops.example", "reason": " \u200b "},
        {"email": "asha@rooms-ops.example", "reason": "x" * 301},
        {"email": "asha@rooms-ops.example", "reason": "lost\0laptop"},
    ],
)
def test_stop_that_names_nobody_or_no_reason_stops_nothing(
    tenant, asha, bo, sign_in, superuser, sent
):
    response = press(sign_in(bo), **sent)
    assert response.status_code == 422
    assert problems(response.content.decode()) == []
    assert standing(superuser) == dict.fromkeys(REGIONS, 0)


def test_list_and_address_together_are_refused(tenant, asha, bo, sign_in, superuser):
    response = press(sign_in(bo), target=f"tenant:{tenant.reference}", email=asha.email)
    assert response.status_code == 422
    assert "not both" in response.content.decode()
    assert standing(superuser)["eu"] == 0


def test_tenant_that_one_does_not_decide_cannot_be_stopped(
    tenant, other_tenant, bo, sign_in, superuser
):
    assert press(sign_in(bo), target=f"tenant:{other_tenant.reference}").status_code == 422
    assert standing(superuser)["eu"] == 0


def test_only_approvers_press(tenant, asha, bo, dana, eli, sign_in, superuser):
    for person in (asha, dana, eli):
        assert "Approvers press the emergency stop." in page(sign_in(person))
        assert press(sign_in(person), email=bo.email).status_code == 403
    assert standing(superuser)["eu"] == 0


def test_release_takes_two_people_in_every_region_93(tenant, asha, bo, bea, sign_in, superuser):
    grant = granted(asha, tenant, [bo])
    first, second = sign_in(bo), sign_in(bea)
    press(first, target=f"person:{asha.person_id}")
    assert release(first, stops_of(first)[0]).status_code == 303
    assert standing(superuser) == dict.fromkeys(REGIONS, 1)
    assert "You asked for the release." in page(first)
    assert release(first, stops_of(first)[0]).status_code == 403
    assert release(second, stops_of(second)[0]).status_code == 303
    assert standing(superuser) == dict.fromkeys(REGIONS, 0)
    assert "No stop is in force." in page(second)
    # The grant does not come back (95).
    assert grant.reference not in [held.reference for held in grants_of(asha, "")]


def test_stopped_approver_cannot_release_themselves(tenant, bo, bea, sign_in, superuser):
    press(sign_in(bea), email=bo.email)
    client = sign_in(bo)
    assert "You cannot release a stop on yourself." in page(client)
    assert release(client, stops_of(client)[0]).status_code == 403


def test_release_of_what_was_pressed_again_since_is_stale(
    tenant, asha, bo, bea, sign_in, superuser
):
    first, second = sign_in(bo), sign_in(bea)
    press(first, email=asha.email)
    seen = stops_of(first)[0]
    release(first, seen)
    old = stops_of(second)[0]
    press(first, email=asha.email, reason="And a second laptop")
    assert release(second, old).status_code == 409
    assert standing(superuser) == dict.fromkeys(REGIONS, 2)


def test_release_while_a_region_is_down_leaves_the_stop_there(
    tenant, asha, bo, bea, sign_in, superuser
):
    first, second = sign_in(bo), sign_in(bea)
    press(first, email=asha.email)
    release(first, stops_of(first)[0])
    with down("us"):
        release(second, stops_of(second)[0])
    assert standing(superuser) == {"eu": 0, "apac": 0, "us": 1}
    release(second, stops_of(second)[0])
    assert standing(superuser) == dict.fromkeys(REGIONS, 0)


def test_unknown_stop_is_not_found(tenant, bo, sign_in):
    unknown = "/stop/11111111-1111-1111-1111-111111111111/release/"
    assert sign_in(bo).post(unknown, {"seen": ""}).status_code == 404


def test_stopped_person_learns_of_it_and_others_do_not(tenant, asha, eli, bo, sign_in):
    press(sign_in(bo), email=asha.email)
    assert WHY in page(sign_in(asha))
    assert WHY not in page(sign_in(eli))


def test_choice_is_of_people_who_asked_for_my_tenants(
    tenant, other_tenant, asha, eli, bo, casey, sign_in
):
    cara = people.person("cara", decides=[other_tenant])
    granted(asha, tenant, [bo])
    ask(eli, tenant)
    granted(casey, other_tenant, [cara])
    offered = {target.label for target in sign_in(bo).get(URL).context["form"].offered.values()}
    assert offered == {"Asha", "Eli", tenant.reference}


def test_long_name_can_be_stopped(tenant, bo, sign_in, superuser):
    long = people.person("long")
    people.change(long, name="N" * 120)
    assert press(sign_in(bo), email=long.email).status_code == 303
    assert standing(superuser)["eu"] == 1


def test_stop_is_recorded_in_every_region_132(tenant, asha, bo, sign_in, superuser):
    press(sign_in(bo), email=asha.email)
    for region in REGIONS:
        recorded = superuser[region].execute(
            "select actor_id from access_auditevent where type = 'stop.pressed'"
        )
        assert recorded.fetchall() == [(bo.pk,)]


def test_new_relation_is_needed_to_see_a_tenants_stop(tenant, other_tenant, bo, casey, sign_in):
    press(sign_in(bo), target=f"tenant:{tenant.reference}")
    assert WHY not in page(sign_in(casey))
    people.relate(casey, Relation.MAY_ASK, tenant)
    assert WHY in page(sign_in(casey))
