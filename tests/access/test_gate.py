"""The gate: who is turned away, what it records, and that forgetting a check leaks nothing."""

from __future__ import annotations

import pytest
from django.utils import timezone

from access.checks import every_view_is_declared
from access.models import Grant
from access.scopes import Scope
from access.states import GrantState
from tests import people
from tests.acts import entered, granted
from tests.fleet.seed import store_tenant
from tests.fleet.small import small_tenant

pytestmark = [pytest.mark.urls("tests.access.gate_urls")]


@pytest.fixture
def rooms(tenant):
    """Three rooms of the tenant."""
    small = small_tenant(tenant.pk, tenant.reference, at=timezone.now())
    store_tenant(small.made, using="eu_owner")
    return small.rooms


def events(superuser, kind: str) -> list[tuple]:
    return (
        superuser["eu"]
        .execute(
            "select outcome, scopes, grant_references from access_auditevent where type = %s",
            [kind],
        )
        .fetchall()
    )


def test_undeclared_view_is_refused_79(client, db):
    response = client.get("/test/undeclared/")
    assert response.status_code == 403
    assert "must never" not in response.content.decode()


def test_declaration_under_another_decorator_does_not_count_79(client, db):
    assert client.get("/test/cached/").status_code == 403


def test_build_fails_on_undeclared_views_79():
    routes = " ".join(str(message.msg) for message in every_view_is_declared(None))
    assert "test/undeclared" in routes
    assert "test/cached" in routes
    assert "test/hello" not in routes


def test_anonymous_is_shown_the_way_in(client, db, tenant):
    response = client.get(f"/test/t/{tenant.reference}/")
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/sign-in/?next=")
    fragment = client.get("/test/inside/", headers={"HX-Request": "true"})
    assert fragment.status_code == 401
    assert fragment.headers["HX-Redirect"].startswith("/sign-in/")


def test_password_alone_is_not_enough(client, asha):
    client.force_login(asha, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/test/inside/").status_code == 302


def test_no_grant_opens_nothing_and_is_recorded(tenant, rooms, asha, sign_in, superuser):
    response = sign_in(asha).get(f"/test/t/{tenant.reference}/")
    assert response.content == b"no rooms"
    assert [row[0] for row in events(superuser, "view.listed")] == ["closed"]


def test_grant_opens_and_the_read_names_it_132(tenant, rooms, asha, bo, sign_in, superuser):
    grant = granted(asha, tenant, [bo])
    response = sign_in(asha).get(f"/test/t/{tenant.reference}/")
    assert response.content.decode().count(",") == 2
    assert events(superuser, "view.listed") == [("opened", ["inventory.view"], [grant.reference])]


def test_repeated_view_is_counted_not_recorded_again(tenant, rooms, asha, bo, sign_in, superuser):
    granted(asha, tenant, [bo])
    browser = sign_in(asha)
    for _ in range(3):
        browser.get(f"/test/t/{tenant.reference}/")
    assert len(events(superuser, "view.listed")) == 1
    repeats = superuser["eu"].execute("select count(*) from access_auditrepeat").fetchone()[0]
    assert repeats == 2


def test_another_page_of_a_list_is_another_view(tenant, rooms, asha, bo, sign_in, superuser):
    granted(asha, tenant, [bo])
    browser = sign_in(asha)
    for query in ("?after=1", "?after=2", "?q=grand", "?q=grand&seen=7"):
        browser.get(f"/test/t/{tenant.reference}/{query}")
    # The last one is the third again, asked by a live page.
    assert len(events(superuser, "view.listed")) == 3


def test_view_that_finds_nothing_is_recorded_once_as_such(
    tenant, rooms, asha, bo, sign_in, superuser
):
    """Its transaction is rolled back, and the rows were asked for all the same."""
    grant = granted(asha, tenant, [bo])
    browser = sign_in(asha)
    for _ in range(2):
        assert browser.get(f"/test/t/{tenant.reference}/absent/").status_code == 404
    assert events(superuser, "view.absent")[0] == ("opened", ["inventory.view"], [grant.reference])
    told = superuser["eu"].execute(
        "select distinct detail from access_auditevent where type = 'view.absent'"
    )
    assert told.fetchall() == [({"found": False},)]
    repeats = superuser["eu"].execute("select count(*) from access_auditrepeat").fetchone()[0]
    assert repeats + len(events(superuser, "view.absent")) == 2


def test_view_that_a_form_was_sent_to_is_told_apart(tenant, rooms, asha, bo, sign_in, superuser):
    granted(asha, tenant, [bo])
    browser = sign_in(asha)
    browser.get(f"/test/t/{tenant.reference}/")
    browser.post(f"/test/t/{tenant.reference}/")
    told = superuser["eu"].execute(
        "select detail from access_auditevent where type = 'view.listed' order by recorded_at"
    )
    assert told.fetchall() == [({},), ({"method": "POST"},)]


def test_forgetful_view_still_shows_nothing_78(tenant, rooms, asha, bo, sign_in):
    granted(asha, tenant, [bo], Scope.HEALTH_VIEW)
    assert sign_in(asha).get(f"/test/t/{tenant.reference}/forgetful/").content == b"no rooms"


def test_room_grant_opens_that_room_only_68(tenant, rooms, asha, bo, sign_in):
    here, there = rooms[0], rooms[1]
    granted(asha, tenant, [bo], rooms=[here.reference])
    browser = sign_in(asha)
    address = f"/test/t/{tenant.reference}/"
    assert browser.get(f"{address}{here.reference}/").content.decode() == here.name
    assert browser.get(f"{address}{there.reference}/").content == b"no rooms"
    assert browser.get(address).content.decode() == here.name


def test_tenant_that_is_not_ones_own_is_not_found_and_recorded_153(
    other_tenant, asha, sign_in, superuser
):
    assert sign_in(asha).get(f"/test/t/{other_tenant.reference}/").status_code == 404
    kinds = superuser["default"].execute("select type from access_controlevent").fetchall()
    assert ("reference.unknown",) in kinds


def test_training_that_lapses_in_use_suspends_170(tenant, rooms, asha, bo, sign_in):
    granted(asha, tenant, [bo])
    browser = sign_in(asha)
    people.lose_training(asha)
    assert browser.get(f"/test/t/{tenant.reference}/").content == b"no rooms"
    with entered(asha, tenant):
        suspended = Grant.objects.get()
    assert suspended.state == GrantState.SUSPENDED
    assert "training" in suspended.close_reason.lower()


def test_country_that_changes_in_use_suspends_169(policy, bo, sign_in):
    tenant = people.tenant("eu", staff_countries=["DE"])
    people.relate(bo, people.Relation.MAY_DECIDE, tenant)
    gus = people.person("gus", asks=[tenant])
    granted(gus, tenant, [bo])
    browser = sign_in(gus)
    people.change(gus, country="US")
    assert browser.get(f"/test/t/{tenant.reference}/").content == b"no rooms"
    with entered(gus, tenant):
        assert Grant.objects.get().state == GrantState.SUSPENDED


def test_every_answer_is_strict_and_never_kept(client, db):
    response = client.get("/test/hello/")
    assert response.headers["Cache-Control"] == "no-store"
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "HX-Request" in response.headers["Vary"]
