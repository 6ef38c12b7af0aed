"""An approver ends somebody's grant: with a reason and a fresh code, at once."""

from __future__ import annotations

import pytest

from access.held import grants_of
from access.models import Grant
from access.scopes import Relation
from access.states import GrantState
from tests import people
from tests.acts import approved, entered, granted
from tests.html_lint import problems


def url_of(grant):
    return f"/t/{grant.tenant_reference}/grants/{grant.reference}/revoke/"


def test_revoke_closes_at_once_with_its_reason_89(tenant, asha, bo, bea, sign_in, superuser):
    grant = granted(asha, tenant, [bo])
    sent = {"reason": "The incident is closed", "code": people.code_of(bea)}
    response = sign_in(bea).post(url_of(grant), sent)
    assert response.status_code == 303
    assert grants_of(asha, "") == []
    page = sign_in(asha).get(url_of(grant).removesuffix("revoke/")).content.decode()
    assert "Bea ended it: “The incident is closed”" in page
    recorded = superuser["eu"].execute(
        "select actor_id, detail->>'second_factor', detail::text like '%incident is closed%'"
        " from access_auditevent where type = 'grant.revoked'"
    )
    # The reason stays in its table: the record holds ids and categories only (138).
    assert recorded.fetchall() == [(bea.pk, "totp", False)]


@pytest.mark.parametrize("reason", ["", "  ", "\u200b\u200b\u200b\u2060", "..", "x" * 301])
def test_revoke_without_a_real_reason_ends_nothing_37(tenant, asha, bo, bea, sign_in, reason):
    grant = granted(asha, tenant, [bo])
    spent = people.last_step(bea)
    form = {"reason": reason, "code": people.code_of(bea)}
    response = sign_in(bea).post(url_of(grant), form)
    assert response.status_code == 422
    assert problems(response.content.decode()) == []
    assert len(grants_of(asha, "")) == 1
    assert people.last_step(bea) == spent


def test_revoke_with_a_wrong_code_keeps_what_was_typed(tenant, asha, bo, bea, sign_in):
    grant = granted(asha, tenant, [bo])
    response = sign_in(bea).post(url_of(grant), {"reason": "Left <the> desk", "code": "000000"})
    html = response.content.decode()
    assert response.status_code == 422
    assert "Left &lt;the&gt; desk" in html
    assert "000000" not in html
    assert len(grants_of(asha, "")) == 1


def test_nobody_else_revokes_89(tenant, asha, bo, eli, dana, casey, sign_in):
    grant = granted(asha, tenant, [bo])
    answers = {}
    for person in (asha, dana, eli, casey):
        sent = {"reason": "Not mine to end", "code": people.code_of(person)}
        answers[person.name] = sign_in(person).post(url_of(grant), sent).status_code
    assert answers == {"Asha": 403, "Dana": 403, "Eli": 404, "Casey": 404}
    assert len(grants_of(asha, "")) == 1


def test_own_grant_is_not_revoked_but_returned(tenant, bo, bea, sign_in):
    people.relate(bo, Relation.MAY_ASK, tenant)
    grant = granted(bo, tenant, [bea])
    sent = {"reason": "I am done", "code": people.code_of(bo)}
    response = sign_in(bo).post(url_of(grant), sent)
    assert response.status_code == 403
    assert "End now" in response.content.decode()


def test_revoke_of_a_grant_that_waits(tenant, asha, bo, bea, sign_in):
    grant = approved(asha, tenant, [bo])
    sent = {"reason": "Approved by mistake", "code": people.code_of(bea)}
    assert sign_in(bea).post(url_of(grant), sent).status_code == 303
    with entered(asha, tenant):
        assert Grant.objects.get(pk=grant.pk).state == GrantState.REVOKED


def test_revoke_after_the_end_is_said_and_spends_no_code(
    tenant, asha, bo, bea, sign_in, held_clock
):
    grant = granted(asha, tenant, [bo])
    held_clock.hold(grant.ends_at)
    spent = people.last_step(bea)
    form = {"reason": "Too late", "code": people.code_of(bea)}
    response = sign_in(bea).post(url_of(grant), form)
    assert response.status_code == 409
    assert people.last_step(bea) == spent
