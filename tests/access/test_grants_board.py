"""The board of active grants: those of the tenants one decides or audits, and no others."""

from __future__ import annotations

from access.models import Staff
from access.scopes import Relation
from tests import people
from tests.acts import approved, granted
from tests.html_lint import problems
from tests.outage import down


def page(client):
    response = client.get("/grants/")
    assert response.status_code == 200
    html = response.content.decode()
    assert problems(html) == []
    return html


def listed(client):
    response = client.get("/grants/")
    return {line.reference for board in response.context["boards"] for line in board.lines}


def test_board_shows_those_who_decide_and_audit_only(
    tenant, other_tenant, asha, bo, dana, eli, casey, sign_in
):
    cara = people.person("cara", decides=[other_tenant])
    here, there = granted(asha, tenant, [bo]), granted(casey, other_tenant, [cara])
    assert listed(sign_in(bo)) == {here.reference}
    assert listed(sign_in(dana)) == {here.reference}
    assert listed(sign_in(cara)) == {there.reference}
    for person in (asha, eli, casey):
        assert listed(sign_in(person)) == set()
        assert "No grant is listed for you." in page(sign_in(person))


def test_board_offers_the_end_to_approvers_only(tenant, asha, bo, bea, dana, sign_in):
    grant = granted(asha, tenant, [bo])
    link = f"/t/{tenant.reference}/grants/{grant.reference}/#end"
    assert link in page(sign_in(bea))
    assert link not in page(sign_in(dana))


def test_board_empty_says_nobody_has_access(tenant, bo, sign_in):
    assert "Nobody has access in use." in page(sign_in(bo))


def test_board_leaves_out_what_waits_and_what_is_over(tenant, asha, bo, sign_in, held_clock):
    approved(asha, tenant, [bo])
    grant = granted(asha, tenant, [bo])
    assert listed(sign_in(bo)) == {grant.reference}
    held_clock.hold(grant.ends_at)
    assert listed(sign_in(bo)) == set()


def test_board_by_region_names_the_one_that_is_down(tenant, asha, bo, sign_in):
    far = people.tenant("apac")
    people.relate(asha, Relation.MAY_ASK, far)
    people.relate(bo, Relation.MAY_DECIDE, far)
    grants = {granted(asha, where, [bo]).reference for where in (tenant, far)}
    client = sign_in(bo)
    assert listed(client) == grants
    with down("apac"):
        html = page(client)
    assert "The database of APAC does not answer" in html
    assert tenant.reference in html


def test_board_refresh_answers_204_until_it_changes(tenant, asha, bo, sign_in):
    client = sign_in(bo)
    version = client.get("/grants/").context["version"]
    fragment = {"HTTP_HX_REQUEST": "true"}
    assert client.get("/grants/", {"seen": version}, **fragment).status_code == 204
    grant = granted(asha, tenant, [bo])
    answer = client.get("/grants/", {"seen": version}, **fragment)
    assert grant.reference in answer.content.decode()


def test_holder_name_is_escaped_156(tenant, bo, sign_in):
    people.change(people.person("odd", asks=[tenant]), name="<b>Odd</b>")
    odd = Staff.objects.get(email="odd@rooms-ops.example")
    granted(odd, tenant, [bo])
    html = page(sign_in(bo))
    assert "&lt;b&gt;Odd" in html
    assert "<b>Odd" not in html
