"""What the database itself refuses of waves, and of what is agreed on by votes and versions."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import psycopg
import pytest

from diagnostics.models import AutomationPolicy, RemediationSettings
from tests import people
from tests.architecture import remediated
from tests.architecture.attack import REFUSED
from tests.diagnostics.remediation.guarded import Guarded, insert_of

USB = "remediate.usb"


@pytest.fixture
def at(guarded: Guarded) -> Guarded:
    """Asha may order USB resets in the tenant; bo and bea may decide."""
    guarded.grant(guarded.asha, USB)
    return guarded


def moved(state: str, mover: str, more: str = "") -> str:
    return f"update diagnostics_wave set state = '{state}', mover = '{mover}'{more}"


def draft(at: Guarded, **fields):
    """A wave of asha's that nobody has written yet."""
    plain = {
        "requested_by_person": at.asha.person_id, "grant_reference": at.under, "state": "draft",
        "digest": "", "planned_at": None, "devices": 0, "mover": "requester",
    }  # fmt: skip
    return remediated.drawn_wave(at.tenant, at.asha.pk, "said", **plain | fields)


# -- Ordering and planning ------------------------------------------------------------------------


def test_wave_is_ordered_as_a_draft_under_a_grant_for_the_whole_tenant(at):
    at.page(at.asha, *insert_of(draft(at)))
    assert at.states("diagnostics_wave") == ["draft"]


def test_page_orders_no_wave_that_is_unfit(at):
    for case, (fields, said) in {
        "in another's name": ({"requested_by_id": uuid.uuid4()}, "own name"),
        "planned at once": ({"state": "planned"}, "begins as a draft"),
        "running at once": ({"state": "running"}, "begins as a draft"),
        "with a digest": ({"digest": "e" * 64}, "begins as a draft"),
        "approved for some time": ({"approval_ends_at": datetime.now(UTC)}, "begins as a draft"),
        "under another's grant": ({"grant_reference": "GR-00000001"}, "whole tenant"),
        "under another scope": ({"scope": "remediate.update"}, "whole tenant"),
    }.items():
        assert said in at.refusal(at.asha, *insert_of(draft(at, **fields))), case
    assert at.states("diagnostics_wave") == []


def test_grant_for_some_rooms_orders_no_wave(guarded):
    guarded.grant(guarded.asha, USB, rooms=[guarded.device.room_id])
    assert "whole tenant" in guarded.refusal(guarded.asha, *insert_of(draft(guarded)))


def test_worker_orders_no_wave(at):
    assert "own name" in at.refusal(None, *insert_of(draft(at)))


def test_worker_plans_what_was_ordered_and_nothing_else(at):
    wave = at.wave(state="draft", digest="", planned_at=None)
    nobody = {"requested_by_id": wave.requested_by_id}
    like = {"wave_id": wave.pk, "parameters": wave.parameters, **nobody}
    for case, fields in {
        "another action": {"action": "restart_app"},
        "other parameters": {"parameters": {"port": "other"}},
        "approved at once": {"state": "approved"},
        "in another's name": {"requested_by_id": uuid.uuid4()},
        "covered otherwise": {"covered_by": "grant"},
        "to undo something": {"undoes": "RJ-AAAA1111"},
    }.items():
        assert "as its wave says" in at.refusal(None, *insert_of(at.drawn(**like | fields))), case
    at.worker(*insert_of(at.drawn(**like)))
    planned = ", digest = repeat('e', 64), planned_at = now(), devices = 1"
    at.worker(moved("planned", "system", planned))
    later = at.drawn(device=at.devices[1], **like)
    assert "as its wave says" in at.refusal(None, *insert_of(later))


def test_plan_has_a_digest(at):
    at.wave(state="draft", digest="", planned_at=None)
    assert "digest" in at.refusal(None, moved("planned", "system"))


def test_plan_and_order_of_a_wave_stay(at):
    at.wave(state="planned")
    for column, value in {
        "digest": "repeat('0', 64)",
        "devices": "99",
        "votes_needed": "0",
        "per_hour": "1000",
        "parameters": "'{}'",
        "action": "'restart_device'",
        "rings": "'[1]'",
        "requested_by_id": "gen_random_uuid()",
        "approval_ends_at": "now()",
    }.items():
        change = f"update diagnostics_wave set {column} = {value}"
        assert "stays as it is" in at.refusal(None, change), column
        said = at.refusal(at.asha, f"{change}, state = 'cancelled', mover = 'requester'")
        assert "stays as it is" in said, column
    assert "Only a move" in at.refusal(at.asha, "update diagnostics_wave set why = 'x'")


# -- Agreeing -------------------------------------------------------------------------------------

APPROVE = moved("approved", "approver", ", approval_ends_at = now() + interval '1 day'")


def test_wave_of_ten_takes_one_vote(at):
    wave = at.wave(devices=10)
    assert "by the votes for its plan" in at.refusal(at.bo, APPROVE, claims=[at.decides])
    at.vote(at.bo, wave, "wave")
    at.page(at.bo, APPROVE, claims=[at.decides])
    assert at.states("diagnostics_wave") == ["approved"]


def test_wave_above_ten_takes_two_votes_whatever_its_plan_says(at):
    wave = at.wave(state="draft", digest="", planned_at=None)
    planned = ", digest = repeat('e', 64), planned_at = now(), devices = 11, votes_needed = 1"
    at.worker(moved("planned", "system", planned))
    wave.digest = "e" * 64
    at.vote(at.bo, wave, "wave")
    assert "by the votes for its plan" in at.refusal(at.bo, APPROVE, claims=[at.decides])
    at.vote(at.bea, wave, "wave")
    at.page(at.bea, APPROVE, claims=[at.decides])
    assert at.states("diagnostics_wave") == ["approved"]


def test_one_no_is_enough(at):
    wave = at.wave(devices=1)
    at.vote(at.bo, wave, "wave")
    at.vote(at.bea, wave, "wave", approves=False)
    assert "by the votes for its plan" in at.refusal(at.bo, APPROVE, claims=[at.decides])


def test_nobody_else_moves_a_wave_so(at):
    wave = at.wave()
    at.vote(at.bo, wave, "wave")
    for who, to, mover in (
        (at.asha, "approved", "approver"),
        (at.asha, "approved", "requester"),
        (at.asha, "running", "requester"),
        (at.bo, "running", "approver"),
        (None, "approved", "system"),
        (None, "running", "system"),
        (None, "done", "system"),
    ):
        said = at.refusal(who, moved(to, mover), claims=[at.decides])
        assert f"does not move from planned to {to} by the {mover}" in said


def test_wave_moves_nowhere_back(at):
    at.wave()
    for state, to in (
        ("running", "planned"), ("stopped", "running"), ("done", "running"),
        ("cancelled", "draft"), ("rolling_back", "running"),
    ):  # fmt: skip
        at.stand(state, "diagnostics_wave")
        for who, mover in ((None, "system"), (at.asha, "requester"), (at.bo, "approver")):
            said = at.refusal(who, moved(to, mover), claims=[at.decides])
            assert f"does not move from {state} to {to}" in said


def test_wave_does_not_run_under_a_stop(at):
    at.wave(state="approved")
    remediated.stop(at.bo)
    assert "emergency stop" in at.refusal(at.asha, moved("running", "requester"))


# -- Items of a wave ------------------------------------------------------------------------------

SEND = "update diagnostics_remediation set state = 'dispatched', mover = 'system'"


def running(at: Guarded, **fields):
    """A running wave with its votes, and one item that is to be sent."""
    now = datetime.now(UTC)
    ends = {"approval_ends_at": now.replace(year=now.year + 1, day=1)}
    wave = at.wave(**{"state": "running", **ends} | fields)
    for who in (at.bo, at.bea)[: wave.votes_needed]:
        remediated.vote(at.tenant, "wave", wave.pk, wave.digest, who.person_id, "said")
    at.item(wave_id=wave.pk, state="scheduled")
    return wave


def test_item_of_a_running_wave_is_sent(at):
    running(at, votes_needed=2)
    at.worker(SEND)
    assert at.states() == ["dispatched"]


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "paused"},
        {"state": "stopped"},
        {"state": "approved"},
        {"approval_ends_at": datetime(2026, 1, 1, tzinfo=UTC)},
        {"approval_ends_at": None},
        {"votes_needed": 3},
    ],
    ids=["paused", "stopped", "not started", "too late", "without an end", "a vote too few"],
)
def test_item_of_a_wave_is_not_sent_otherwise(at, fields):
    running(at, **fields)
    assert "Nothing covers" in at.refusal(None, SEND)


def test_worker_approves_the_items_of_a_running_wave_only(at):
    wave = running(at)
    approve = "update diagnostics_remediation set state = 'approved', mover = 'system'"
    at.stand("proposed")
    for state in ("planned", "approved", "paused", "stopped"):
        at.stand(state, "diagnostics_wave")
        assert "its wave has planned" in at.refusal(None, approve), state
    at.stand("running", "diagnostics_wave")
    at.worker(approve)
    assert at.states() == ["approved"]
    assert wave.state == "running"


def test_approver_approves_no_single_item_of_a_wave(at):
    wave = at.wave()
    item = at.item(wave_id=wave.pk)
    remediated.vote(at.tenant, "item", item.pk, item.digest, at.bo.person_id, "said")
    assert "for exactly this" in at.refusal(at.bo, at.approval(), claims=[at.decides])


# -- Votes ----------------------------------------------------------------------------------------


def test_vote_needs_another_approver_with_a_fresh_second_factor(at, tenant):
    item = at.item()
    step_up = at.step_up(item)
    both = [at.decides, step_up]
    outsider = people.person("otto")
    twin = people.person("twin", decides=[tenant], person_id=at.asha.person_id)
    for case, (who, fields, claims) in {
        "one's own": (at.asha, {}, both),
        "one's own by a second account": (twin, {}, both),
        "no second factor": (at.bo, {}, [at.decides]),
        "a second factor for something else": (
            at.bo, {}, [at.decides, f"step_up:remediation:{uuid.uuid4()}"],
        ),
        "a second factor for another act": (at.bo, {}, [at.decides, f"step_up:vote:{item.pk}"]),
        "no relation": (outsider, {}, [step_up]),
        "a relation to ask": (outsider, {}, [step_up, f"may_ask:{tenant.pk}"]),
        "for another person": (at.bo, {"voter_person": at.bea.person_id}, both),
    }.items():  # fmt: skip
        said = at.refusal(who, *at.ballot(who, item, **fields), claims=claims)
        assert "Another approver of the tenant votes" in said, case
    said = at.refusal(at.bo, *at.ballot(at.bea, item), claims=both)
    assert said, "in another's name"
    assert at.behind("select count(*) from diagnostics_remediationvote") == [(0,)]


def test_nobody_votes_twice(at):
    item = at.item()
    at.vote(at.bo, item)
    for approves in (True, False):
        with pytest.raises(psycopg.errors.UniqueViolation):
            at.vote(at.bo, item, approves=approves)


def test_vote_is_on_what_is_open_and_as_it_is(at):
    item, wave = at.item(), at.wave(state="draft")
    claims = [at.decides, at.step_up(item), at.step_up(wave)]
    stale = at.ballot(at.bo, item, digest="0" * 64)
    assert "not open for votes" in at.refusal(at.bo, *stale, claims=claims)
    assert "not open for votes" in at.refusal(at.bo, *at.ballot(at.bo, wave, "wave"), claims=claims)
    as_wave = at.ballot(at.bo, item, "wave")
    assert "not open for votes" in at.refusal(at.bo, *as_wave, claims=claims)
    for state in ("approved", "cancelled", "succeeded"):
        at.stand(state)
        said = at.refusal(at.bo, *at.ballot(at.bo, item), claims=claims)
        assert "not open for votes" in said, state


@pytest.mark.parametrize("kind", ["person", "tenant"])
def test_nobody_votes_under_a_stop_of_all_access(at, kind):
    item = at.item()
    at.lock_out(kind, at.bo.person_id if kind == "person" else at.tenant.pk)
    said = at.refusal(at.bo, *at.ballot(at.bo, item), claims=[at.decides, at.step_up(item)])
    assert "emergency stop" in said


# -- Versions -------------------------------------------------------------------------------------

MODELS = pytest.mark.parametrize("model", [AutomationPolicy, RemediationSettings])
CONTENT = {AutomationPolicy: "most_per_day = 999", RemediationSettings: "document = '{}'"}
KINDS = {AutomationPolicy: "policy", RemediationSettings: "settings"}


def to(model, state: str) -> str:
    return f"update {model._meta.db_table} set state = '{state}'"


@MODELS
def test_version_is_never_changed(at, model):
    at.version(model=model)
    for change in (CONTENT[model], "digest = repeat('0', 64)", "version = 7", "reason = 'x'"):
        statement = f"update {model._meta.db_table} set {change}"
        for who in (at.asha, at.bo):
            said = at.refusal(who, statement, claims=[at.decides])
            assert "never changed" in said, change


@MODELS
def test_version_is_in_force_by_another_approver_s_vote(at, model):
    version = at.version(model=model)
    for who in (at.asha, at.bo):
        said = at.refusal(who, to(model, "in_force"), claims=[at.decides])
        assert "does not move from proposed to in_force" in said
    at.vote(at.bo, version, KINDS[model])
    said = at.refusal(at.asha, to(model, "in_force"), claims=[at.decides])
    assert "does not move" in said, "whoever proposed it"
    assert "does not move" in at.refusal(at.asha, to(model, "refused"), claims=[at.decides])
    at.page(at.bo, to(model, "in_force"), claims=[at.decides])
    assert at.states(model._meta.db_table) == ["in_force"]


@MODELS
def test_version_that_is_over_does_not_come_back(at, model):
    at.version(model=model)
    for state in ("refused", "withdrawn", "replaced", "ended"):
        at.stand(state, model._meta.db_table)
        for new in ("proposed", "in_force"):
            said = at.refusal(at.bo, to(model, new), claims=[at.decides])
            assert f"does not move from {state} to {new}" in said


@MODELS
def test_version_is_proposed_in_one_s_own_name_with_the_next_number(at, model):
    at.grant(at.asha, "incident.work")
    at.version("replaced", model, version=1)
    drawn = at.version("refused", model, version=2)
    drawn.pk, drawn.reference, drawn.state = uuid.uuid4(), "RS-AAAA1111", "proposed"
    for field, value in (("proposed_by_id", at.bo.pk), ("state", "in_force")):
        kept = getattr(drawn, field)
        setattr(drawn, field, value)
        assert "own name" in at.refusal(at.asha, *insert_of(drawn)), field
        setattr(drawn, field, kept)
    at.page(at.asha, *insert_of(drawn))
    number = f"select version from {model._meta.db_table} where id = %s"
    assert at.behind(number, drawn.pk) == [(3,)]


# -- Stops of the queue ---------------------------------------------------------------------------

STOP = "insert into diagnostics_emergencystop"
ASK = (
    "update diagnostics_emergencystop set release_asked_by_person = (lock.context()).person,"
    " release_asked_by_label = 'x', release_asked_at = now(), release_reason = 'Mended'"
)
RELEASE = (
    "update diagnostics_emergencystop set released_by_person = (lock.context()).person,"
    " released_by_label = 'x', released_at = now()"
)


def test_stop_is_released_by_two(at):
    remediated.stop(at.asha)
    assert "asked for first" in at.refusal(at.bo, RELEASE, claims=["stop"])
    at.page(at.bo, ASK, claims=["stop"])
    assert "second person" in at.refusal(at.bo, RELEASE, claims=["stop"])
    assert "not changed" in at.refusal(at.bea, RELEASE, claims=["halt"])
    again = at.refusal(at.bea, ASK, claims=["stop"])
    assert "second person" in again, "the first one's asking is taken over"
    at.page(at.bea, RELEASE, claims=["stop"])
    assert "not changed" in at.refusal(at.bea, ASK, claims=["stop"])
    assert at.behind("select released_at is null from diagnostics_emergencystop") == [(False,)]


def test_stop_is_not_changed(at):
    remediated.stop(at.asha)
    for column, value in {
        "level": "'action', target = 'reset_usb'",
        "reason": "'x'",
        "placed_by_id": "gen_random_uuid()",
        "placed_at": "now() - interval '1 year'",
    }.items():
        statement = f"update diagnostics_emergencystop set {column} = {value}"
        assert "not changed" in at.refusal(at.bo, statement, claims=["stop"]), column
    with pytest.raises(REFUSED):
        at.page(at.bo, "delete from diagnostics_emergencystop", claims=["stop"])
    assert at.worker("delete from diagnostics_emergencystop") == 0, "one that is in force"


def test_stop_names_who_placed_it(at):
    stop = remediated.stop(at.asha)
    stop.pk, stop.reference = uuid.uuid4(), "ES-AAAA1111"
    assert "places a stop" in at.refusal(at.asha, *insert_of(stop))
    assert "who placed it" in at.refusal(at.bo, *insert_of(stop), claims=["halt"])
    at.page(at.asha, *insert_of(stop), claims=["halt"])
    stop.pk, stop.reference, stop.released_at = uuid.uuid4(), "ES-BBBB1111", datetime.now(UTC)
    assert "who placed it" in at.refusal(at.asha, *insert_of(stop), claims=["halt"])
