"""The replay: a log that is whole and signed, and tells of access outside of a grant."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from access.verify import rooms_verify as verify
from tests.verify.maker import ASHA, BEA, BO, CASEY, OTHER, Maker

VIEW = ["inventory.view"]
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
Step = Callable[[Maker], None]


def judged(*steps: Step) -> verify.Report:
    """The report on a log to which each step adds something."""
    maker = Maker()
    for step in steps:
        step(maker)
    return verify.verify_source(maker.whole(), maker.keys)


def codes(report: verify.Report) -> list[str]:
    return [one.code for one in report.failures]


def asked(m: Maker) -> None:
    m.asked("AR-1", VIEW)


def voted(m: Maker) -> None:
    m.voted("AR-1", VIEW)


def made(m: Maker) -> None:
    m.made("GR-1", "AR-1", VIEW)


def started(m: Maker) -> None:
    m.started("GR-1", VIEW)


def viewed(m: Maker) -> None:
    m.viewed("GR-1", VIEW)


def returned(m: Maker) -> None:
    m.on_grant("grant.returned", "GR-1")


BEFORE = (asked, voted, made, started)
LIFE = (*BEFORE, viewed, returned)


def test_life_of_a_grant_verifies():
    report = judged(*LIFE)
    assert report.exit_code == 0, verify.as_text(report)


# Reads and acts


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"grant_references": []}, "use.no_grant"),
        ({"grant_references": ["GR-9"]}, "use.not_started"),
        ({"scopes": ["health.view"]}, "use.scope"),
        ({"scopes": ["inventory.view", "health.view"]}, "use.scope"),
        ({"tenant_id": OTHER}, "use.tenant"),
        ({"actor_id": CASEY}, "use.holder"),
        ({"actor_id": None}, "use.holder"),
        ({"after": 2 * 60 * MINUTE}, "use.after_end"),
        ({"type": "incident.closed", "outcome": "ok", "grant_references": []}, "use.no_grant"),
        ({"type": "incident.closed", "outcome": "ok", "scopes": ["incident.work"]}, "use.scope"),
        ({"type": "nobody.knows", "outcome": "weird", "grant_references": []}, "use.no_grant"),
        ({"outcome": "opened", "tenant_id": None, "grant_references": []}, "use.no_grant"),
    ],
)
def test_use_outside_a_grant_is_found(change, code):
    def use(m: Maker) -> None:
        kind = change.get("type", "view.room")
        fields = {
            "outcome": "opened",
            "grant_references": ["GR-1"],
            "scopes": VIEW,
            **{k: v for k, v in change.items() if k != "type"},
        }
        m.add(kind, **fields)

    report = judged(*BEFORE, use)
    assert codes(report) == [code], verify.as_text(report)
    assert report.failures[0].where["position"] == 4
    assert report.failures[0].where["event"]


@pytest.mark.parametrize(
    "change",
    [
        {"outcome": "closed", "grant_references": []},
        {"type": "act.refused", "outcome": "refused", "grant_references": []},
        {"type": "report.set_aside", "outcome": "ok", "actor_id": None, "grant_references": []},
        {"type": "sign_in.ok", "outcome": "ok", "tenant_id": None, "grant_references": []},
        {"type": "incident.noted", "outcome": "ok"},
    ],
)
def test_what_needs_no_grant_or_has_one(change):
    def use(m: Maker) -> None:
        fields = {"outcome": "opened", "grant_references": ["GR-1"], "scopes": VIEW, **change}
        m.add(fields.pop("type", "view.room"), **fields)

    report = judged(*BEFORE, use)
    assert report.exit_code == 0, verify.as_text(report)


@pytest.mark.parametrize(
    ("end", "says"),
    [
        ("grant.returned", "returned"),
        ("grant.revoked", "revoked"),
        ("grant.suspended", "suspended"),
    ],
)
def test_view_after_an_early_end_is_found(end, says):
    def ended(m: Maker) -> None:
        m.on_grant(end, "GR-1", actor_id=BO if end == "grant.revoked" else ASHA)

    def late(m: Maker) -> None:
        m.viewed("GR-1", VIEW, after=5 * SECOND)

    report = judged(*BEFORE, viewed, ended, late)
    assert codes(report) == ["use.after_end"]
    assert says in report.failures[0].says


def test_interval_is_half_open():
    """At the start: inside. One microsecond before the end: inside. At the end: not."""

    def at_start(m: Maker) -> None:
        m.viewed("GR-1", VIEW, after=0 * SECOND)

    def just_before(m: Maker) -> None:
        m.viewed("GR-1", VIEW, after=60 * MINUTE - timedelta(microseconds=1))

    def at_end(m: Maker) -> None:
        m.viewed("GR-1", VIEW, after=timedelta(microseconds=1))

    inside = judged(*BEFORE, at_start, just_before)
    assert inside.exit_code == 0, verify.as_text(inside)
    report = judged(*BEFORE, at_start, just_before, at_end)
    assert report.exit_code == 3
    assert [(one.code, one.where["position"]) for one in report.gaps] == [("use.edge", 6)]


def test_view_before_an_end_that_was_recorded_earlier():
    """The end was sequenced late; the view stands before it and happened after it."""

    def late_view(m: Maker) -> None:
        m.viewed("GR-1", VIEW, after=60 * SECOND)

    def end_of_before(m: Maker) -> None:
        m.on_grant("grant.returned", "GR-1", after=-30 * SECOND)

    report = judged(*BEFORE, late_view, end_of_before)
    assert codes(report) == ["use.after_end"]
    assert report.failures[0].where["position"] == 4


def test_room_outside_the_grant_is_found():
    def started_for_a_room(m: Maker) -> None:
        m.started("GR-1", VIEW, whole_tenant=False, rooms=["RM-1"])

    def other_room(m: Maker) -> None:
        m.viewed("GR-1", VIEW, subject_reference="RM-2")

    report = judged(asked, voted, made, started_for_a_room, viewed, other_room)
    assert codes(report) == ["use.room"]
    assert report.failures[0].where["position"] == 5


def test_two_grants_together_cover_two_scopes():
    def both(m: Maker) -> None:
        m.viewed("GR-1", ["inventory.view", "health.view"], grant_references=["GR-1", "GR-2"])

    def second(m: Maker) -> None:
        m.asked("AR-2", ["health.view"])
        m.voted("AR-2", ["health.view"])
        m.made("GR-2", "AR-2", ["health.view"])
        m.started("GR-2", ["health.view"])

    report = judged(*BEFORE, second, both)
    assert report.exit_code == 0, verify.as_text(report)


# Approvals


def vote(voter: str = BO, **more: object) -> Step:
    return lambda m: m.voted("AR-1", VIEW, voter, **more)


def make(scopes: list[str] = VIEW, **more: object) -> Step:
    return lambda m: m.made("GR-1", "AR-1", scopes, **more)


def change(**more: object) -> Step:
    return lambda m: m.asked("AR-1", VIEW, kind="request.changed", **more)


@pytest.mark.parametrize(
    ("steps", "code"),
    [
        ((voted, made, started), "grant.no_request"),
        ((asked, made, started), "grant.votes"),
        ((started,), "grant.unmade"),
        ((lambda m: m.viewed("GR-1", VIEW),), "use.not_started"),
        ((asked, vote(ASHA), made), "grant.self_approved"),
        ((asked, vote(decision="deny"), made), "grant.denied"),
        ((asked, voted, vote(BEA, decision="deny"), made), "grant.denied"),
        ((asked, vote(revision=2), made), "grant.votes"),
        ((asked, vote(second_factor=""), made), "vote.factor"),
        ((asked, vote(minutes=30), made), "grant.longer"),
        ((asked, vote(policy_version=2), made), "grant.policy"),
        ((asked, vote(quorum=2), made), "grant.votes"),
        ((lambda m: m.asked("AR-1", VIEW, quorum=2), voted, made), "grant.votes"),
        ((asked, voted, make(policy_version=None)), "grant.policy"),
        ((asked, voted, make(minutes=61)), "grant.longer"),
        ((asked, voted, make(minutes=None)), "grant.minutes"),
        ((asked, voted, make(votes=[BEA])), "grant.votes"),
        ((asked, voted, make(holder=CASEY)), "grant.other"),
        ((asked, voted, make(revision=2)), "grant.revision"),
        ((asked, voted, make([*VIEW, "health.view"])), "grant.wider"),
        ((asked, voted, make(fields={"tenant_id": OTHER})), "grant.tenant"),
        ((asked, voted, made, made), "grant.twice"),
        ((asked, asked), "request.twice"),
        ((asked, change(revision=2), voted, made), "grant.votes"),
    ],
)
def test_approval_that_does_not_hold_is_found(steps, code):
    report = judged(*steps)
    assert code in codes(report), verify.as_text(report)


def test_vote_that_came_after_the_grant_does_not_count():
    report = judged(asked, made, started, voted)
    assert codes(report) == ["grant.votes", "grant.votes"]


def test_voter_who_lost_the_relation_does_not_count():
    def lost(m: Maker) -> None:
        m.add(
            "vote.not_counted",
            actor_id=BEA,
            subject_type="request",
            subject_reference="AR-1",
            detail={"revision": 1, "voter": BO},
        )

    assert "grant.votes" in codes(judged(asked, voted, lost, made))


def test_published_floor_of_two_votes_holds_whatever_the_log_says():
    """The log says one vote was needed; the published list of scopes says two."""
    scope = ["activity.view"]
    steps = (
        lambda m: m.asked("AR-1", scope),
        lambda m: m.voted("AR-1", scope),
        lambda m: m.made("GR-1", "AR-1", scope),
    )
    assert codes(judged(*steps)) == ["grant.votes"]
    two = (
        *steps[:2],
        lambda m: m.voted("AR-1", scope, BEA),
        lambda m: m.made("GR-1", "AR-1", scope, votes=[BO, BEA]),
    )
    assert judged(*two).exit_code == 0


def test_one_person_voting_twice_is_one_vote():
    steps = (
        lambda m: m.asked("AR-1", VIEW, quorum=2),
        voted,
        voted,
        made,
    )
    assert codes(judged(*steps)) == ["grant.votes"]


def test_approval_while_a_question_is_open_is_found():
    def question(m: Maker) -> None:
        m.add("request.question_asked", subject_type="request", subject_reference="AR-1")

    assert codes(judged(asked, question, voted, made, started)) == ["vote.question"]


# Starts and ends


@pytest.mark.parametrize(
    ("step", "code"),
    [
        (lambda m: m.started("GR-1", VIEW, second_factor=""), "start.factor"),
        (lambda m: m.started("GR-1", VIEW, gates=["employment", "privacy"]), "start.gates"),
        (lambda m: m.started("GR-1", VIEW, gates="all"), "start.gates"),
        (lambda m: m.started("GR-1", VIEW, minutes=61), "start.longer"),
        (lambda m: m.started("GR-1", [*VIEW, "health.view"]), "start.wider"),
        (lambda m: m.started("GR-1", VIEW, fields={"actor_id": CASEY}), "start.other"),
        (lambda m: m.started("GR-1", VIEW, fields={"tenant_id": OTHER}), "start.tenant"),
        (lambda m: m.started("GR-1", VIEW, fields={"after": 45 * MINUTE}), "start.late"),
        (lambda m: m.started("GR-1", VIEW, starts_at="2026-11-22T08:00:00Z"), "start.time"),
        (lambda m: m.on_grant("grant.returned", "GR-1", actor_id=BO), "end.other"),
        (lambda m: m.on_grant("grant.revoked", "GR-1", actor_id=ASHA), "end.own"),
    ],
)
def test_start_or_end_that_does_not_hold_is_found(step, code):
    report = judged(asked, voted, made, step)
    assert code in codes(report), verify.as_text(report)


def test_start_twice_and_after_the_end_are_found():
    assert codes(judged(*BEFORE, started)) == ["start.twice"]
    assert codes(judged(asked, voted, made, returned, started)) == ["start.ended"]


def test_stop_of_a_tenant_holds_until_it_is_released():
    def stop(kind: str) -> Step:
        return lambda m: m.add(f"stop.{kind}", actor_id=BO, subject_type="tenant")

    assert codes(judged(*BEFORE, stop("pressed"), viewed)) == ["stop.ignored"]
    assert judged(*BEFORE, stop("pressed"), stop("released"), viewed).exit_code == 0


def test_dated_back_record_is_a_gap():
    def dated_back(m: Maker) -> None:
        m.add("sign_in.ok", tenant_id=None, after=-24 * 60 * MINUTE)

    report = judged(*LIFE, dated_back)
    assert report.exit_code == 3
    assert report.gaps[0].code == "record.back_dated"
    assert report.gaps[0].where["position"] == 6


def test_time_that_is_none_is_named():
    def timeless(m: Maker) -> None:
        m.add("sign_in.ok", tenant_id=None, recorded_at="2026-11-22T25:00:00Z")

    report = judged(*LIFE, timeless)
    assert codes(report) == ["record.field"]


def test_many_failures_are_counted_and_not_all_told():
    def flood(m: Maker) -> None:
        for _ in range(150):
            m.viewed("GR-9", VIEW)

    report = judged(flood)
    assert report.failure_count == 150
    assert len(report.failures) == verify.SHOWN_MOST
    assert "and 50 more" in verify.as_text(report)
