"""What is done to an item: decided on, cancelled, paused, resumed, ordered anew; and by whom."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from bs4 import BeautifulSoup

from diagnostics.models import CoveredBy
from diagnostics.remediation.states import ItemState
from rooms.models import Device
from tests.acts import granted
from tests.diagnostics.remediations import (
    HEALTH,
    ORDERING,
    again,
    item_of,
    items,
    reported,
    steps_of,
    votes_on,
)
from tests.diagnostics.test_remediation_new import filled, url_of, words
from tests.factories import computer_of, furnish
from tests.people import code_of, lose_training
from tests.rooms.incidents import acts


@pytest.fixture
def device(tenant) -> Device:
    return reported(computer_of(tenant, furnish(tenant).rooms[0].pk))


@pytest.fixture
def proposed(device, tenant, asha):
    """What Asha wants approved."""
    return item_of(device, tenant, asha, state=ItemState.PROPOSED, covered_by=CoveredBy.APPROVAL)


def page_of(item, act: str = "") -> str:
    return f"/t/{item.tenant_reference}/remediation/{item.reference}/" + (f"{act}/" if act else "")


def decision(client, item, by, **changes: str) -> dict[str, str]:
    """The form of the decision as a browser would send it."""
    page = BeautifulSoup(client.get(page_of(item, "decide")).content, "html.parser")
    digest = page.select_one("main input[name=digest]")["value"]
    return {"answer": "approve", "reason": "", "code": code_of(by), "digest": digest} | changes


def test_approver_sees_exactly_what_is_approved_without_a_grant(sign_in, bo, proposed):
    text = words(sign_in(bo).get(page_of(proposed, "decide")))
    for part in ("Restart the meeting app", proposed.device_reference, proposed.reason,
                 "Europe/Berlin", "Side effects", proposed.digest, "Asha wants to"):  # fmt: skip
        assert part in text, part


def test_approval_agrees_to_exactly_this(sign_in, bo, proposed, superuser):
    client = sign_in(bo)
    response = client.post(page_of(proposed, "decide"), decision(client, proposed, bo))
    assert response.status_code == 303, words(response)
    item = again(proposed)
    assert (item.state, item.reason_code, item.approved_digest) == (
        "approved", "agreed", proposed.digest,
    )  # fmt: skip
    assert item.approval_ends_at == item.window_ends_at + timedelta(days=2)
    assert votes_on(item) == [("Bo", True)]
    assert steps_of(item)[-1] == ("approved", "approver", "Approved by Bo.")
    assert acts(superuser, "remediation.%") == [
        ("remediation.voted", "ok", item.reference),
        ("remediation.approved", "ok", item.reference),
    ]


def test_refusal_ends_it_and_says_why(sign_in, bo, proposed):
    client = sign_in(bo)
    sent = decision(client, proposed, bo, answer="refuse")
    response = client.post(page_of(proposed, "decide"), sent)
    assert response.status_code == 422
    assert "A refusal needs a reason" in words(response)
    sent = decision(client, proposed, bo, answer="refuse", reason="Wait for the customer")
    assert client.post(page_of(proposed, "decide"), sent).status_code == 303
    assert (again(proposed).state, again(proposed).reason_code) == ("refused", "decided_against")
    assert votes_on(proposed) == [("Bo", False)]


def test_wrong_code_decides_nothing(sign_in, bo, proposed):
    client = sign_in(bo)
    sent = decision(client, proposed, bo, code="000000")
    assert client.post(page_of(proposed, "decide"), sent).status_code == 422
    assert (again(proposed).state, votes_on(proposed)) == ("proposed", [])


def test_decision_on_something_else_than_was_shown_is_stale(sign_in, bo, proposed):
    client = sign_in(bo)
    sent = decision(client, proposed, bo, digest="e" * 64)
    assert client.post(page_of(proposed, "decide"), sent).status_code == 409
    assert votes_on(proposed) == []


def test_item_over_its_window_is_not_approved(sign_in, bo, device, tenant, asha):
    now = datetime.now(UTC)
    late = item_of(
        device, tenant, asha, state=ItemState.PROPOSED, covered_by=CoveredBy.APPROVAL,
        window_begins_at=now - timedelta(hours=9), window_ends_at=now - timedelta(hours=4),
    )  # fmt: skip
    client = sign_in(bo)
    assert "Its window is over." in words(client.get(page_of(late, "decide")))
    sent = {"answer": "approve", "code": code_of(bo), "digest": late.digest}
    assert client.post(page_of(late, "decide"), sent).status_code == 409


def test_whoever_ordered_it_does_not_decide(sign_in, asha, proposed):
    client = sign_in(asha)
    assert "Approvers of the tenant decide" in words(client.get(page_of(proposed, "decide")))
    sent = {"answer": "approve", "code": code_of(asha), "digest": proposed.digest}
    assert client.post(page_of(proposed, "decide"), sent).status_code == 403
    assert again(proposed).state == "proposed"


def test_approver_out_of_training_does_not_decide(sign_in, bo, proposed):
    client = sign_in(bo)
    sent = decision(client, proposed, bo)
    lose_training(bo)
    assert client.post(page_of(proposed, "decide"), sent).status_code == 403
    assert votes_on(proposed) == []


@pytest.mark.parametrize("who", ["casey", "eli", "dana"])
def test_nobody_else_sees_what_waits(request, sign_in, who, proposed):
    client = sign_in(request.getfixturevalue(who))
    assert client.get(page_of(proposed, "decide")).status_code == 404


@pytest.mark.parametrize("who", ["asha", "bo"])
@pytest.mark.parametrize(
    ("state", "act", "to"),
    [
        (ItemState.SCHEDULED, "cancel", "cancelled"),
        (ItemState.SCHEDULED, "pause", "paused"),
        (ItemState.PAUSED, "resume", "scheduled"),
        (ItemState.WAITING_FOR_GRANT, "cancel", "cancelled"),
        (ItemState.DISPATCHED, "cancel", "cancelled"),
    ],
    ids=["cancel", "pause", "resume", "cancel while it waits", "cancel what was sent"],
)
def test_act_without_a_grant(request, sign_in, asha, device, tenant, who, state, act, to):
    """Whoever ordered it may, and so may an approver of the tenant."""
    by = request.getfixturevalue(who)
    item = item_of(device, tenant, asha, state=state)
    response = sign_in(by).post(page_of(item, act))
    assert response.status_code == 303
    assert (again(item).state, again(item).moved_by_label) == (to, by.name)


def test_act_is_in_the_record_and_in_the_run_log(sign_in, asha, device, tenant, superuser):
    item = item_of(device, tenant, asha)
    sign_in(asha).post(page_of(item, "cancel"))
    assert acts(superuser, "remediation.%") == [("remediation.cancelled", "ok", item.reference)]
    assert steps_of(item)[-1] == ("cancelled", "requester", "Cancelled by Asha.")


@pytest.mark.parametrize("act", ["cancel", "pause"])
@pytest.mark.parametrize("state", [ItemState.RUNNING, ItemState.SUCCEEDED])
def test_what_a_device_has_taken_is_not_called_back(sign_in, asha, device, tenant, act, state):
    item = item_of(device, tenant, asha, state=state)
    assert sign_in(asha).post(page_of(item, act)).status_code == 409
    assert again(item).state == state


@pytest.mark.parametrize("who", ["casey", "eli", "dana"])
def test_nobody_else_cancels_it(request, sign_in, who, device, tenant, asha):
    item = item_of(device, tenant, asha)
    response = sign_in(request.getfixturevalue(who)).post(page_of(item, "cancel"))
    assert response.status_code in (403, 404)
    assert again(item).state == "scheduled"


def test_colleague_with_health_cancels_nothing(sign_in, bo, eli, asha, device, tenant):
    granted(eli, tenant, [bo], HEALTH)
    item = item_of(device, tenant, asha)
    assert sign_in(eli).post(page_of(item, "cancel")).status_code == 403
    assert again(item).state == "scheduled"


def test_failed_one_is_ordered_anew_with_its_preview(sign_in, asha, bo, device, tenant):
    granted(asha, tenant, [bo], *ORDERING)
    failed = item_of(device, tenant, asha, state=ItemState.FAILED)
    client = sign_in(asha)
    response = client.post(page_of(failed, "retry"))
    assert response.status_code == 303
    url = response["Location"]
    assert client.post(url, filled(client, url, when="now")).status_code == 303
    made = items()[-1]
    assert (made.retry_of, made.action, made.device_id) == (
        failed.reference, failed.action, device.pk,
    )  # fmt: skip


def test_one_that_is_open_is_not_ordered_anew(sign_in, asha, device, tenant):
    item = item_of(device, tenant, asha)
    assert sign_in(asha).post(page_of(item, "retry")).status_code == 409


@pytest.mark.parametrize("act", ["cancel", "pause", "resume", "retry"])
def test_acts_are_no_pages(sign_in, asha, device, tenant, act):
    item = item_of(device, tenant, asha)
    assert sign_in(asha).get(page_of(item, act)).status_code == 405


def test_order_approved_on_the_page_is_what_was_ordered(sign_in, asha, bo, device, tenant):
    """From the form to the decision: the digest of the order is the one that is agreed on."""
    granted(asha, tenant, [bo], *ORDERING)
    client = sign_in(asha)
    url = url_of(f"/t/{tenant.reference}/remediation/new/", device, action="reset_usb")
    assert client.post(url, filled(client, url, when="approval")).status_code == 303
    (item,) = items()
    approver = sign_in(bo)
    sent = decision(approver, item, bo)
    assert sent["digest"] == item.digest
    assert approver.post(page_of(item, "decide"), sent).status_code == 303
    assert again(item).approved_digest == item.digest
