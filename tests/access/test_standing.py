"""The monitor of standing access: it finds nothing where nothing is wrong, and what was made so."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, connections
from django.test.utils import CaptureQueriesContext

from access.models import AuditEvent, ControlEvent, StandingCheck
from access.residency import region
from access.scopes import Scope
from access.standing.check import check
from access.standing.findings import State
from tests.acts import granted
from tests.factories import furnish


def named(made: StandingCheck, name: str, where: str = "EU region") -> dict[str, str]:
    """One finding of a check."""
    return next(one for one in made.findings if (one["where"], one["name"]) == (where, name))


def test_nothing_is_wrong_with_a_grant_in_use_and_one_ended(
    tenant, other_tenant, asha, bo, held_clock
):
    """Nobody holds anything: a grant that ended opens nothing, and a live one nothing elsewhere."""
    furnish(tenant)
    furnish(other_tenant)
    granted(asha, tenant, [bo], Scope.INVENTORY_VIEW, duration=timedelta(minutes=15))
    made = check()
    assert [one for one in made.findings if one["state"] == State.BAD] == []
    assert named(made, "Try with a grant for another tenant")["state"] == State.GOOD
    assert named(made, "Try with a grant that has ended")["state"] == State.NOT_TRIED
    assert "1 grant is in use" in named(made, "Grants in use")["sentence"]


def test_try_with_an_ended_grant_is_made_once_there_is_one(tenant, asha, bo, sign_in):
    furnish(tenant)
    grant = granted(asha, tenant, [bo], Scope.INVENTORY_VIEW)
    client = sign_in(asha)
    client.post(f"/t/{tenant.reference}/grants/{grant.reference}/end/")
    assert named(check(), "Try with a grant that has ended")["state"] == State.GOOD


def test_tries_leave_nothing_behind(tenant, asha, bo):
    """A try is rolled back with its record: nobody is said to have looked who did not."""
    furnish(tenant)
    granted(asha, tenant, [bo], Scope.INVENTORY_VIEW)
    with region("eu"):
        before = AuditEvent.objects.using("eu_owner").count()
        check()
        assert AuditEvent.objects.using("eu_owner").count() == before
    event = ControlEvent.objects.using("default_owner").get(type="standing.checked")
    assert (event.outcome, event.detail["bad"]) == ("ok", [])


@pytest.mark.parametrize(
    ("change", "undo", "name", "said"),
    [
        (
            "create policy careless on rooms_room for select to rooms_web using (true)",
            "drop policy careless on rooms_room",
            "Policies",
            "rooms_room by careless",
        ),
        (
            "alter table rooms_site no force row level security",
            "alter table rooms_site force row level security",
            "Row security",
            "rooms_site",
        ),
        (
            "grant select on rooms_room to public",
            "revoke select on rooms_room from public",
            "Rights for everybody",
            "rooms_room to everybody",
        ),
    ],
)
def test_hole_in_the_lock_is_found_and_named(tenant, superuser, change, undo, name, said):
    superuser["eu"].execute(change)
    try:
        made = check()
    finally:
        superuser["eu"].execute(undo)
    assert not made.good
    assert named(made, name) == {
        "where": "EU region",
        "name": name,
        "state": "bad",
        "sentence": f"{said}.",
    }
    event = ControlEvent.objects.using("default_owner").get(type="standing.checked")
    assert event.outcome == "alarm"


def test_table_that_answers_an_attack_is_named(tenant, superuser):
    """The tries themselves can fail: a table whose policies let anybody in shows its rows."""
    furnish(tenant)
    superuser["eu"].execute("alter table rooms_site disable row level security")
    try:
        made = check()
    finally:
        superuser["eu"].execute("alter table rooms_site enable row level security")
    for name in ("Try without a context", "Try without a grant"):
        assert named(made, name)["sentence"] == "rooms_site showed rows."


def test_check_is_never_changed(db):
    made = check()
    for statement in (
        "update access_standingcheck set good = false",
        "delete from access_standingcheck",
    ):
        with pytest.raises(DatabaseError), connections["default"].cursor() as cursor:
            cursor.execute(statement)
    assert StandingCheck.objects.get(pk=made.pk).good


def test_page_shows_the_newest_check_to_anybody_signed_in(tenant, dana, sign_in):
    check()
    page = sign_in(dana).get("/audit/standing/").content.decode()
    assert "Nobody holds any" in page
    assert "None of " in page


def test_page_says_so_when_the_check_is_old(tenant, dana, sign_in, held_clock):
    check()
    held_clock.shift(timedelta(hours=26))
    page = sign_in(dana).get("/audit/standing/").content.decode()
    assert "The last check is old." in page


def test_page_without_a_check_says_what_will_come(tenant, dana, sign_in):
    assert "No check has been made yet." in sign_in(dana).get("/audit/standing/").content.decode()


def test_page_needs_a_person(client, db):
    assert client.get("/audit/standing/").status_code == 302


def test_check_asks_the_same_number_of_questions_whatever_the_tenants_hold(tenant, asha, bo):
    furnish(tenant)
    with CaptureQueriesContext(connections["eu"]) as few:
        check()
    granted(asha, tenant, [bo], Scope.INVENTORY_VIEW)
    with CaptureQueriesContext(connections["eu"]) as more:
        check()
    assert len(more) <= len(few) * 2
