"""The review of a tenant's record: last use of relations, unused scopes, odd patterns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from access import relations
from access.scopes import Relation, Scope
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


# -- The quarter's review of standing relations ---------------------------------------------------


NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
NEXT_REVIEW = datetime(2027, 1, 12, 9, tzinfo=UTC)
OVER = datetime(2027, 1, 31, tzinfo=UTC)


@pytest.fixture
def in_january(held_clock):
    """A review is going on."""
    held_clock.hold(NEXT_REVIEW)


def decide(client, tenant, person, decision="keep", relation="may_ask"):
    return client.post(
        f"/t/{tenant.reference}/audit/review/decide/",
        {"person": str(person.pk), "relation": relation, "decision": decision},
    )


def decided(superuser):
    rows = superuser["default"].execute(
        "select subject_id, relation, kind, by_label from access_relationact"
    )
    return rows.fetchall()


def test_decision_is_kept_and_recorded(
    in_january, tenant, audit_grant, eli, dana, sign_in, superuser
):
    client = sign_in(dana)
    assert decide(client, tenant, eli, "remove").status_code == 303
    assert decided(superuser) == [(eli.pk, "may_ask", "remove", "Dana")]
    response = read(client, tenant)
    assert [one.name for one in response.context["campaign"].to_remove] == ["Eli"]
    assert "To be removed." in response.content.decode()
    [event] = superuser["eu"].execute(
        "select subject_reference, grant_references, detail ->> 'decision'"
        " from access_auditevent where type = 'review.decided'"
    )
    assert event == (str(eli.pk), [audit_grant.reference], "remove")


def test_decision_twice_counts_once_165(tenant, audit_grant, eli, dana, sign_in, superuser):
    client = sign_in(dana)
    decide(client, tenant, eli, "keep")
    decide(client, tenant, eli, "remove")
    assert decided(superuser) == [(eli.pk, "may_ask", "keep", "Dana")]


def test_nobody_reviews_themselves_164(tenant, audit_grant, dana, sign_in, superuser):
    client = sign_in(dana)
    assert "You cannot review yourself." in read(client, tenant).content.decode()
    decide(client, tenant, dana, relation="may_audit")
    assert decided(superuser) == []
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="their own relations"):
        superuser["default"].execute(
            "insert into access_relationact (id, kind, tenant_id, quarter, relation, subject_id,"
            " subject_person_id, reason, by_id, by_person_id, by_label, made_at)"
            " values (gen_random_uuid(), 'keep', %(t)s, '2026-Q4', 'may_audit', %(d)s, %(p)s, '',"
            " %(d)s, %(p)s, '', now())",
            {"t": tenant.pk, "d": dana.pk, "p": dana.person_id},
        )


def test_relation_that_does_not_stand_is_not_judged(
    tenant, audit_grant, casey, dana, sign_in, superuser
):
    decide(sign_in(dana), tenant, casey)
    assert decided(superuser) == []


@pytest.mark.parametrize("field", ["person", "relation", "decision"])
def test_decision_on_nothing_is_not_there(tenant, audit_grant, eli, dana, sign_in, field):
    good = {"person": str(eli.pk), "relation": "may_ask", "decision": "keep"}
    url = f"/t/{tenant.reference}/audit/review/decide/"
    assert sign_in(dana).post(url, {**good, field: "nonsense"}).status_code == 404


def test_decision_without_a_grant_is_not_kept(tenant, eli, dana, asha, sign_in, superuser):
    for person in (dana, asha):
        html = decide(sign_in(person), tenant, eli).content.decode()
        assert "The review of this record is closed" in html
    assert decided(superuser) == []


@pytest.fixture
def in_november(held_clock):
    """The relations of a test are given in a quarter whose next review is known."""
    held_clock.hold(NOW)
    return held_clock


def stands(superuser):
    """Whose relations staff pages see at all."""
    line = superuser["default"]
    with line.transaction():
        line.execute("set local role rooms_web")
        rows = line.execute(
            "select s.name, p.codename from access_tenantrelation r"
            " join access_staff s on s.id = r.user_id join auth_permission p"
            " on p.id = r.permission_id order by 1, 2"
        )
        return rows.fetchall()


def test_relations_that_nobody_kept_are_suspended_when_the_review_is_over_162(
    in_november, tenant, asha, eli, bo, bea, dana, sign_in, superuser
):
    in_november.hold(NEXT_REVIEW)
    let_audit(dana, tenant, bo)
    client = sign_in(dana)
    campaign = read(client, tenant).context["campaign"]
    assert (campaign.open, campaign.due) == (5, OVER)
    for person, relation in ((asha, "may_ask"), (bo, "may_decide"), (bea, "may_decide")):
        decide(client, tenant, person, relation=relation)
    assert read(client, tenant).context["campaign"].open == 2
    in_november.hold(OVER - timedelta(microseconds=1))
    assert len(stands(superuser)) == 5
    in_november.hold(OVER)
    assert stands(superuser) == [("Asha", "may_ask"), ("Bea", "may_decide"), ("Bo", "may_decide")]
    # no job has run, and Eli has no part any more
    assert sign_in(eli).get(f"/t/{tenant.reference}/ask/").status_code == 404


def test_suspended_approver_does_not_count(in_november, tenant, asha, bo, bea, superuser):
    in_november.hold(OVER)
    assert relations.people_who(Relation.MAY_DECIDE, tenant) == []
    assert relations.of(bo).decide == []
    names = [one.staff_id for one in relations.suspended(tenant_id=tenant.pk)]
    assert set(names) == {asha.pk, bo.pk, bea.pk}


def test_relation_said_to_be_removed_goes_with_this_review_also_when_it_is_new(
    in_november, tenant, eli, bo, dana, sign_in, superuser
):
    """It was given in the quarter under review; its review is over already."""
    let_audit(dana, tenant, bo)
    client = sign_in(dana)
    decide(client, tenant, eli, "remove")
    assert ("Eli", "may_ask") not in stands(superuser)
    html = read(client, tenant).content.decode()
    assert "No review kept them" in html
    assert "Eli" in html


def test_review_does_not_restore(in_november, tenant, asha, bo, dana, sign_in, superuser):
    in_november.hold(NEXT_REVIEW)
    let_audit(dana, tenant, bo)
    client = sign_in(dana)
    for person, relation in ((bo, "may_decide"),):
        decide(client, tenant, person, relation=relation)
    in_november.hold(OVER)
    line = superuser["default"]
    insert = (
        "insert into access_relationact (id, kind, tenant_id, quarter, relation, subject_id,"
        " subject_person_id, reason, by_id, by_person_id, by_label, made_at)"
        " values (gen_random_uuid(), %s, %s, '2027-Q1', 'may_ask', %s, %s, '', %s, %s, '', now())"
    )
    of = [tenant.pk, asha.pk, asha.person_id, dana.pk, dana.person_id]
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="does not restore"):
        line.execute(insert, ["keep", *of])
    line.execute(insert, ["remove", *of])
    assert ("Asha", "may_ask") not in stands(superuser)


def test_decision_is_never_changed(tenant, audit_grant, eli, dana, sign_in, superuser):
    decide(sign_in(dana), tenant, eli)
    for change in (
        "update access_relationact set kind = 'keep'",
        "delete from access_relationact",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            superuser["default"].execute(change)
