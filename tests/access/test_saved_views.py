"""Saved views of a tenant's record: one's own, under the grant, made and removed with a record."""

from __future__ import annotations

import pytest

from access.actions import saved_views
from access.purposes import Purpose
from access.scopes import Relation, Scope
from tests import people
from tests.acts import granted


def address(tenant, part="views/"):
    return f"/t/{tenant.reference}/audit/{part}"


def save(client, tenant, name="Votes", query="type=vote&event=x&after=y"):
    return client.post(address(tenant), {"name": name, "query": query})


def kept(superuser):
    rows = superuser["eu"].execute("select name, query from access_savedview order by name")
    return rows.fetchall()


def test_view_keeps_the_filters_and_not_the_place(tenant, audit_grant, dana, sign_in, superuser):
    client = sign_in(dana)
    response = save(client, tenant)
    assert (response.status_code, response["Location"]) == (303, address(tenant, "?type=vote"))
    assert kept(superuser) == [("Votes", "type=vote")]
    response = client.get(address(tenant, "?type=vote"))
    [view] = response.context["saved_views"]
    assert (view["name"], view["url"], view["current"]) == ("Votes", "?type=vote", True)
    made = superuser["eu"].execute(
        "select actor_id, grant_references, detail from access_auditevent"
        " where type = 'saved_view.made'"
    )
    # Neither the name nor the filters: they are free text.
    assert made.fetchall() == [(dana.pk, [audit_grant.reference], {"replaced": False})]


def test_same_name_replaces(tenant, audit_grant, dana, sign_in, superuser):
    client = sign_in(dana)
    save(client, tenant)
    save(client, tenant, query="type=grant")
    assert kept(superuser) == [("Votes", "type=grant")]


def test_view_without_a_grant_is_not_saved(tenant, dana, sign_in, superuser):
    html = save(sign_in(dana), tenant).content.decode()
    assert "The record of this tenant is closed" in html
    assert kept(superuser) == []


def test_view_of_somebody_elses_tenant_is_not_there_153(tenant, audit_grant, casey, sign_in):
    assert save(sign_in(casey), tenant).status_code == 404


@pytest.mark.parametrize("name", ["", "   ", "x" * 61])
def test_view_without_a_good_name_is_not_saved(tenant, audit_grant, dana, sign_in, superuser, name):
    response = save(sign_in(dana), tenant, name=name)
    assert response.status_code == 303
    assert kept(superuser) == []


def test_unknown_filters_are_not_kept(tenant, audit_grant, dana, sign_in, superuser):
    save(sign_in(dana), tenant, query="colour=red&type=vote&type=nonsense&next=//evil")
    assert kept(superuser) == [("Votes", "type=vote")]


def test_too_many_views_are_refused(tenant, audit_grant, dana, sign_in, superuser, monkeypatch):
    monkeypatch.setattr(saved_views, "MOST", 1)
    client = sign_in(dana)
    save(client, tenant)
    save(client, tenant, name="Another")
    assert [name for name, _ in kept(superuser)] == ["Votes"]
    assert "Remove one first." in client.get(address(tenant, "")).content.decode()


def test_removed_view_is_gone_and_that_is_recorded(tenant, audit_grant, dana, sign_in, superuser):
    client = sign_in(dana)
    save(client, tenant)
    [view] = client.get(address(tenant, "")).context["saved_views"]
    url = address(tenant, f"views/{view['pk']}/remove/")
    assert client.get(url).status_code == 405
    assert client.post(url).status_code == 303
    assert kept(superuser) == []
    assert client.post(url).status_code == 404
    gone = superuser["eu"].execute(
        "select count(*) from access_auditevent where type = 'saved_view.removed'"
    )
    assert gone.fetchone() == (1,)


def test_view_is_its_owners_alone(tenant, audit_grant, dana, bo, sign_in, superuser):
    save(sign_in(dana), tenant)
    dina = people.person("dina", audits=[tenant])
    granted(dina, tenant, [bo], Scope.AUDIT_VIEW, purpose=Purpose.ASSURANCE)
    client = sign_in(dina)
    assert client.get(address(tenant, "")).context["saved_views"] == []
    row = superuser["eu"].execute("select id from access_savedview").fetchone()
    assert client.post(address(tenant, f"views/{row[0]}/remove/")).status_code == 404
    assert len(kept(superuser)) == 1


def test_view_of_one_tenant_is_not_shown_at_another(
    tenant, other_tenant, audit_grant, dana, sign_in
):
    client = sign_in(dana)
    save(client, tenant)
    people.relate(dana, Relation.MAY_AUDIT, other_tenant)
    cara = people.person("cara", decides=[other_tenant])
    granted(dana, other_tenant, [cara], Scope.AUDIT_VIEW, purpose=Purpose.ASSURANCE)
    assert client.get(address(other_tenant, "")).context["saved_views"] == []


def test_views_close_with_the_grant(tenant, audit_grant, dana, sign_in, held_clock):
    client = sign_in(dana)
    save(client, tenant, name="Kept for later")
    held_clock.hold(audit_grant.ends_at)
    assert "Kept for later" not in sign_in(dana).get(address(tenant, "")).content.decode()
