"""What the database itself refuses of items of the queue, to pages and to workers."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from tests import people
from tests.architecture import remediated
from tests.architecture.attack import REFUSED
from tests.diagnostics.remediation.guarded import Guarded, insert_of

PAST = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
USB = "remediate.usb"


@pytest.fixture
def at(guarded: Guarded) -> Guarded:
    """Asha may order USB resets in the tenant; bo may decide."""
    guarded.grant(guarded.asha, USB)
    return guarded


def moved(state: str, mover: str, more: str = "") -> str:
    return f"update diagnostics_remediation set state = '{state}', mover = '{mover}'{more}"


# -- Ordering -------------------------------------------------------------------------------------


def test_item_is_ordered_under_a_live_grant_and_its_step_writes_itself(at):
    """The tests below could pass because nothing can be ordered at all."""
    at.page(at.asha, *insert_of(at.drawn(covered_by="grant", state="approved", told="as asked")))
    assert at.states() == ["approved"]
    assert at.behind("select was, state, sentence from diagnostics_remediationstep") == [
        ("", "approved", "as asked")
    ]
    assert at.behind("select told from diagnostics_remediation") == [("",)]


UNFIT = {
    "in another's name": ({"requested_by_id": uuid.uuid4()}, "own name"),
    "for another person": ({"requested_by_person": uuid.uuid4()}, "own name"),
    "approved at once": ({"covered_by": "approval", "state": "approved"}, "begins under a grant"),
    "sent at once": ({"state": "dispatched"}, "begins under a grant"),
    "without a digest": ({"covered_by": "approval", "state": "proposed", "digest": ""}, "begins"),
    "with its approval": ({"approved_digest": "d" * 64}, "begins under a grant"),
    "with an end of its approval": ({"approval_ends_at": datetime.now(UTC)}, "begins under a"),
    "with a command": ({"command_id": uuid.uuid4()}, "begins unsent"),
    "at its second attempt": ({"attempt": 2}, "begins unsent"),
    "with an outcome": ({"outcome": "done"}, "begins unsent"),
    "of another room": ({"room_id": uuid.uuid4()}, "names a device in its room"),
    "under another's grant": ({"grant_reference": "GR-00000001"}, "live grant"),
}


def test_page_orders_nothing_that_is_unfit(at):
    for case, (fields, said) in UNFIT.items():
        drawn = at.drawn(**{"covered_by": "grant", "state": "approved"} | fields)
        assert said in at.refusal(at.asha, *insert_of(drawn)), case
    assert at.states() == []


def test_page_orders_nothing_under_a_policy(at):
    policy = at.version("in_force")
    drawn = at.drawn(covered_by="policy", state="approved", policy_id=policy.pk)
    with pytest.raises(REFUSED, match="begins under a grant"):
        at.page(at.asha, *insert_of(drawn))


def test_page_orders_nothing_under_another_scope(at):
    for scope in ("remediate.restart", "remediate.update", "audit.view"):
        drawn = at.drawn(covered_by="grant", state="approved", scope=scope)
        assert "live grant" in at.refusal(at.asha, *insert_of(drawn)), scope


def test_page_orders_nothing_in_a_room_that_its_grant_does_not_name(guarded):
    other = guarded.devices[1]
    guarded.grant(guarded.asha, USB, rooms=[guarded.device.room_id])
    drawn = guarded.drawn(device=other, covered_by="grant", state="approved")
    assert "live grant" in guarded.refusal(guarded.asha, *insert_of(drawn))


def test_page_orders_nothing_after_its_grant(guarded):
    guarded.grant(guarded.asha, USB, starts=datetime.now(UTC) - HOUR, ends=datetime.now(UTC))
    with pytest.raises(REFUSED):
        guarded.page(guarded.asha, *insert_of(guarded.drawn(covered_by="grant", state="approved")))


WORKERS = {
    "for a person": {"covered_by": "grant", "state": "approved"},
    "to be approved": {"covered_by": "approval", "state": "proposed"},
    "in a person's name under a policy": {"covered_by": "policy", "state": "approved"},
}


@pytest.mark.parametrize("fields", list(WORKERS.values()), ids=list(WORKERS))
def test_worker_orders_nothing_of_its_own(at, fields):
    policy = at.version("in_force")
    more = {"policy_id": policy.pk} if fields["covered_by"] == "policy" else {}
    with pytest.raises(REFUSED, match="policy in force only"):
        at.worker(*insert_of(at.drawn(**fields, **more)))


@pytest.mark.parametrize(
    ("state", "changed"),
    [
        ("proposed", {}),
        ("ended", {}),
        ("in_force", {"action": "restart_app"}),
        ("in_force", {"parameters": {"port": "another"}}),
    ],
    ids=["proposed", "ended", "another action", "other parameters"],
)
def test_worker_orders_nothing_that_no_policy_in_force_says(at, state, changed):
    policy = at.version(state)
    nobody = {"requested_by_id": None, "requested_by_person": None}
    like = {"parameters": policy.parameters, "policy_id": policy.pk, **nobody}
    drawn = at.drawn(**{"covered_by": "policy", "state": "approved", **like} | changed)
    with pytest.raises(REFUSED, match="policy in force only"):
        at.worker(*insert_of(drawn))


def test_worker_orders_under_a_policy_in_force(at):
    policy = at.version("in_force")
    nobody = {"requested_by_id": None, "requested_by_person": None}
    like = {"parameters": policy.parameters, "policy_id": policy.pk, **nobody}
    at.worker(*insert_of(at.drawn(covered_by="policy", state="approved", **like)))
    assert at.states() == ["approved"]


# -- What was ordered stays -----------------------------------------------------------------------

ORDER = {
    "action": "'restart_device'",
    "parameters": "'{\"port\": 2}'",
    "device_id": "gen_random_uuid()",
    "room_id": "gen_random_uuid()",
    "scope": "'remediate.update'",
    "covered_by": "'grant'",
    "reason": "'another'",
    "requested_by_id": "gen_random_uuid()",
    "requested_by_label": "'Somebody'",
    "grant_reference": "'GR-11111111'",
    "digest": "repeat('0', 64)",
    "kind": "'restart'",
    "urgent": "true",
    "incident_id": "gen_random_uuid()",
}


@pytest.mark.parametrize("who", ["page", "worker"])
def test_nobody_changes_an_order(at, who):
    at.item(state="scheduled", reason_code="scheduled")
    for column, value in ORDER.items():
        change = f"update diagnostics_remediation set {column} = {value}"
        if who == "page":
            said = at.refusal(at.asha, f"{change}, state = 'paused', mover = 'requester'")
        else:
            said = at.refusal(None, change)
        assert "stays as it is" in said, column


def test_page_changes_nothing_that_workers_keep(at):
    at.item(state="scheduled")
    times = dict.fromkeys(("window_begins_at", "window_ends_at", "sent_at"), "now()")
    for column, new in (times | {"attempt": "2", "outcome": "'done'"}).items():
        said = at.refusal(at.asha, moved("paused", "requester", f", {column} = {new}"))
        assert "stays as it is" in said, column


def test_page_changes_nothing_without_a_move(at):
    at.item(state="scheduled", reason_code="scheduled")
    with pytest.raises(REFUSED, match="Only a move"):
        at.page(at.asha, "update diagnostics_remediation set reason_code = 'cancelled'")


# -- Moves ----------------------------------------------------------------------------------------

BACK = [
    ("approved", "proposed"),
    ("dispatched", "proposed"),
    ("dispatched", "approved"),
    ("acknowledged", "scheduled"),
    ("acknowledged", "cancelled"),
    ("running", "acknowledged"),
    ("verifying", "running"),
    ("succeeded", "scheduled"),
    ("failed", "scheduled"),
    ("cancelled", "approved"),
    ("expired", "scheduled"),
    ("refused", "approved"),
]


def test_worker_moves_nothing_back(at):
    at.item()
    for state, to in BACK:
        at.stand(state)
        for mover in ("system", "device"):
            said = at.refusal(None, moved(to, mover))
            assert f"does not move from {state} to {to} by the {mover}" in said


NOT_THEIRS = [
    ("proposed", "approved", "requester"),
    ("proposed", "approved", "approver"),
    ("proposed", "approved", "system"),
    ("scheduled", "dispatched", "requester"),
    ("scheduled", "dispatched", "system"),
    ("dispatched", "verifying", "device"),
    ("running", "cancelled", "requester"),
    ("verifying", "succeeded", "system"),
    ("failed", "scheduled", "requester"),
]


def test_requester_moves_nothing_that_is_not_theirs(at):
    """Not with the claim of an approver either: the person is the same."""
    at.item()
    for state, to, mover in NOT_THEIRS:
        at.stand(state)
        said = at.refusal(at.asha, moved(to, mover), claims=[at.decides])
        assert f"does not move from {state} to {to} by the {mover}" in said


def test_second_account_of_the_requester_does_not_decide(at, tenant):
    at.item()
    at.vote(at.bo)
    twin = people.person("twin", decides=[tenant], person_id=at.asha.person_id)
    with pytest.raises(REFUSED, match="does not move"):
        at.page(twin, at.approval(), claims=[at.decides])


def test_approver_of_another_tenant_moves_nothing(at, other_tenant):
    at.item()
    at.vote(at.bo)
    at.page(at.bea, at.approval(), claims=[f"may_decide:{other_tenant.pk}"])
    assert at.states() == ["proposed"]


# -- Approving ------------------------------------------------------------------------------------


def test_another_approver_approves_with_a_vote(at):
    at.item()
    at.vote(at.bo)
    at.page(at.bo, at.approval(), claims=[at.decides])
    assert at.states() == ["approved"]


APPROVALS = {
    "of another digest": {"digest": "0" * 64},
    "for ever": {"ends": "'infinity'"},
    "without an end": {"ends": "null"},
    "long after its window": {"ends": "window_ends_at + interval '3 days'"},
}


def test_approval_is_of_exactly_this_and_ends(at):
    at.item()
    at.vote(at.bo)
    for case, changed in APPROVALS.items():
        said = at.refusal(at.bo, at.approval(**changed), claims=[at.decides])
        assert "by a vote for exactly this" in said, case


def test_nobody_approves_without_a_vote(at):
    at.item()
    with pytest.raises(REFUSED, match="by a vote for exactly this"):
        at.page(at.bo, at.approval(), claims=[at.decides])


@pytest.mark.parametrize("case", ["of something else", "a no beside it", "the requester's own"])
def test_vote_that_does_not_count_approves_nothing(at, case):
    item = at.item()
    if case == "of something else":
        at.vote(at.bo, digest="0" * 64, as_owner=True)
    elif case == "a no beside it":
        at.vote(at.bo)
        at.vote(at.bea, approves=False)
    else:
        remediated.vote(at.tenant, "item", item.pk, item.digest, at.asha.person_id, "mine")
    with pytest.raises(REFUSED, match="by a vote for exactly this"):
        at.page(at.bo, at.approval(), claims=[at.decides])


def test_worker_approves_no_item_of_its_own(at):
    at.item()
    at.vote(at.bo)
    with pytest.raises(REFUSED, match="nothing but what its wave"):
        at.worker(moved("approved", "system"))


# -- Sending --------------------------------------------------------------------------------------

SEND = moved("dispatched", "system") + " where state = 'scheduled'"


def test_item_is_sent_under_a_live_grant(at):
    at.item(covered_by="grant", state="scheduled")
    at.worker(SEND)
    assert at.states() == ["dispatched"]


ENDINGS = {
    "ended": "ends_at = starts_at + interval '1 second'",
    "revoked": "state = 'revoked'",
}


@pytest.mark.parametrize("case", [*ENDINGS, "of another scope", "of another room"])
def test_nothing_is_sent_without_a_live_grant(guarded, case):
    rooms = [guarded.devices[1].room_id] if case == "of another room" else None
    guarded.grant(guarded.asha, "remediate.update" if "scope" in case else USB, rooms=rooms)
    guarded.item(covered_by="grant", state="scheduled")
    if case in ENDINGS:
        guarded.unguarded(f"update access_grant set {ENDINGS[case]}")
    with pytest.raises(REFUSED, match="Nothing covers"):
        guarded.worker(SEND)


def approved(at: Guarded, **fields) -> None:
    """An item that was approved, in its window now."""
    now = datetime.now(UTC)
    at.item(
        **{
            "state": "scheduled",
            "approved_digest": "d" * 64,
            "approval_ends_at": now + HOUR,
            "window_begins_at": now - HOUR,
            "window_ends_at": now + HOUR,
        }
        | fields
    )


def test_item_is_sent_as_it_was_approved(guarded):
    approved(guarded)
    guarded.worker(SEND)
    assert guarded.states() == ["dispatched"]


NOT_COVERED = {
    "never approved": {"approved_digest": ""},
    "approved otherwise": {"approved_digest": "0" * 64},
    "approved without a digest": {"digest": "", "approved_digest": ""},
    "approved until an hour ago": {"approval_ends_at": datetime.now(UTC) - HOUR},
    "approved without an end": {"approval_ends_at": None},
    "before its window": {
        "window_begins_at": datetime.now(UTC) + HOUR,
        "window_ends_at": datetime.now(UTC) + 2 * HOUR,
    },
    "after its window": {"window_begins_at": PAST, "window_ends_at": PAST + HOUR},
}


def test_nothing_is_sent_that_was_not_approved_so(guarded):
    for case, fields in NOT_COVERED.items():
        approved(guarded, **fields)
        assert "Nothing covers" in guarded.refusal(None, SEND), case
        guarded.stand("cancelled")


@pytest.mark.parametrize("state", ["proposed", "ended", "replaced"])
def test_nothing_is_sent_under_a_policy_that_is_not_in_force(guarded, state):
    policy = guarded.version(state)
    guarded.item(
        covered_by="policy", policy_id=policy.pk, state="scheduled", requested_by_id=None,
        parameters=policy.parameters,
    )  # fmt: skip
    with pytest.raises(REFUSED, match="Nothing covers"):
        guarded.worker(SEND)


@pytest.mark.parametrize("level", ["everything", "tenant", "action"])
def test_nothing_is_sent_under_a_stop(at, level):
    at.item(covered_by="grant", state="scheduled")
    fields = {
        "everything": {},
        "tenant": {"stopped_tenant_id": at.tenant.pk, "target": at.tenant.reference},
        "action": {"target": "reset_usb"},
    }[level]
    remediated.stop(at.bo, level, **fields)
    with pytest.raises(REFUSED, match="emergency stop"):
        at.worker(SEND)


def test_stop_of_another_tenant_or_action_or_one_that_was_released_holds_nothing(at, other_tenant):
    remediated.stop(at.bo, "action", target="restart_app")
    remediated.stop(
        at.bo, "tenant", stopped_tenant_id=other_tenant.pk, target=other_tenant.reference
    )
    remediated.stop(at.bo, released_at=datetime.now(UTC), released_by_person=uuid.uuid4())
    at.item(covered_by="grant", state="scheduled")
    at.worker(SEND)
    assert at.states() == ["dispatched"]


def test_stop_of_all_access_to_the_tenant_holds_its_queue_too(at):
    at.item(covered_by="grant", state="scheduled")
    at.lock_out("tenant", at.tenant.pk)
    with pytest.raises(REFUSED, match="emergency stop"):
        at.worker(SEND)


def test_one_operation_of_a_kind_is_open_on_a_device(at):
    at.item(state="running")
    with pytest.raises(Exception, match="one_open_operation"):
        at.page(at.asha, *insert_of(at.drawn(covered_by="grant", state="approved")))
