"""The review of a tenant's record: last use of relations, unused scopes, odd patterns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from access.scopes import Scope
from tests import people
from tests.access.conftest import let_audit
from tests.acts import granted
from tests.html_lint import problems


def read(client, tenant):
    response = client.get(f"/t/{tenant.reference}/audit/review/")
    assert problems(response.content.decode()) == []
    return response


def test_review_without_a_grant_is_closed(tenant, used_grant, dana, sign_in):
    html = read(sign_in(dana), tenant).content.decode()
    assert "The review of this record is closed" in html
    assert "Asha" not in html


def test_review_of_somebody_elses_tenant_is_not_there_153(tenant, audit_grant, casey, sign_in):
    assert sign_in(casey).get(f"/t/{tenant.reference}/audit/review/").status_code == 404


def test_review_counts_views_and_pairs(
    tenant, used_grant, audit_grant, asha, bo, bea, dana, sign_in
):
    granted(asha, tenant, [bea], Scope.HEALTH_VIEW)
    found = read(sign_in(dana), tenant).context
    volume = {reference: (name, views) for reference, name, views, *_ in found["volume"]}
    assert volume[used_grant.reference] == ("Asha", 2)
    assert volume[audit_grant.reference] == ("Dana", 1)
    assert sorted(found["pairs"]) == [
        ("Asha", "Bea", 1, 2),
        ("Asha", "Bo", 1, 2),
        ("Dana", "Bo", 1, 1),
    ]
    assert found["after_end"] == 0


def test_review_tells_scopes_that_are_never_used(tenant, audit_grant, asha, bo, dana, sign_in):
    granted(asha, tenant, [bo], Scope.ACCOUNT_VIEW)
    scopes = {one["label"]: one for one in read(sign_in(dana), tenant).context["scopes"]}
    assert (
        scopes["Room accounts and addresses"] | {"granted": 1, "used": 0}
        == (scopes["Room accounts and addresses"])
    )
    assert scopes["Inventory"]["used"] == 1


def test_review_tells_who_stands_there_unused(tenant, audit_grant, eli, dana, sign_in):
    html_of = read(sign_in(dana), tenant)
    idle = {(one.name, one.relation.value): one.idle for one in html_of.context["standing"]}
    assert idle == {
        ("Asha", "may_ask"): False,
        ("Eli", "may_ask"): True,
        ("Bo", "may_decide"): False,
        ("Dana", "may_audit"): False,
    }


def test_review_tells_views_at_night(tenant, asha, bo, dana, sign_in, held_clock, audit_grant):
    now = datetime.now(UTC)
    night = (now + timedelta(days=1)).replace(hour=3)
    held_clock.shift(night - now)
    late = people.person("late", asks=[tenant])
    granted(late, tenant, [bo])
    sign_in(late).get(f"/t/{tenant.reference}/rooms/")
    let_audit(dana, tenant, bo)
    found = read(sign_in(dana), tenant).context["off_hours"]
    outside = {name: (outside, views) for name, _, outside, views in found}
    assert outside["Late"] == (1, 1)


def test_view_after_the_end_would_be_counted(
    tenant, used_grant, audit_grant, dana, sign_in, superuser
):
    """No process can write such an event; the count is not blind to it."""
    with superuser["eu"].transaction():
        superuser["eu"].execute("set local session_replication_role = replica")
        superuser["eu"].execute(
            "update access_auditevent set recorded_at = recorded_at + interval '2 hours'"
            " where type = 'view.rooms'"
        )
    assert read(sign_in(dana), tenant).context["after_end"] == 1
