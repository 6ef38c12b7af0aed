"""What the database itself holds, and what a page sees of the facts."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction

from access.residency import region
from access.scopes import Scope
from diagnostics.models import Remediation
from diagnostics.remediation.catalogue import ACTIONS, ActionCode
from diagnostics.remediation.queue.dispatch import dispatch_due
from diagnostics.remediation.queue.facts import devices_now, gather, parameters_of
from diagnostics.remediation.sending import SEND, before_sending
from rooms.drain.line import Line
from tests.acts import granted
from tests.diagnostics.waves import standing

HEALTH, INVENTORY, USB = Scope.HEALTH_VIEW, Scope.INVENTORY_VIEW, Scope.REMEDIATE_USB


@pytest.fixture
def sent(place, grant, asha):
    grant()
    item = place.item(place.device(), by=asha)
    while dispatch_due("eu"):
        pass
    return item


def cancel(place, asha, item):
    """As the page's action does."""
    with standing(asha, place.tenant):
        held = Remediation.objects.select_for_update().get(pk=item.pk)
        held.state, held.reason_code, held.mover = "cancelled", "cancelled", "requester"
        held.save(update_fields=["state", "reason_code", "mover"])


def test_person_cancels_what_no_device_has_and_the_command_ends(place, sent, asha, as_web):
    as_web()
    cancel(place, asha, sent)
    assert place.stands(sent) == ("cancelled", "cancelled")
    (command,) = place.commands(sent)
    assert command.expires_at <= place.at


def test_nobody_cancels_what_the_device_has(place, sent, asha, as_web):
    place.said(sent, delivered_at=place.at)
    as_web()
    with pytest.raises(DatabaseError, match="has the command"):
        cancel(place, asha, sent)
    assert place.stands(sent) == ("dispatched", "in_progress")


def test_worker_cannot_send_what_nothing_covers_or_a_stop_holds(place, asha):
    item = place.item(place.device(), by=asha, state="scheduled", reason_code="scheduled")

    def send():
        with region("eu"), transaction.atomic(using="eu"):
            Remediation.objects.filter(pk=item.pk).update(
                state="dispatched", reason_code="in_progress", mover="system"
            )

    with pytest.raises(DatabaseError, match="Nothing covers"):
        send()
    place.stop()
    with pytest.raises(DatabaseError, match="emergency stop"):
        send()


def test_worker_cannot_order_logs_by_itself(place, asha):
    device = place.device()
    with region("eu"), pytest.raises(DatabaseError, match="only for an item"):
        Line("eu").run(
            "insert into diagnostics_collection (tenant_id, id, reference, tenant_reference,"
            " room_id, room_reference, device_id, device_reference, begins_at, ends_at, purpose,"
            " reason, grant_reference, ordered_by_id, ordered_by_label, ordered_at, deadline_at,"
            " state, state_at, percent, why_code, why, bundle_bytes, entries, cuts, masks,"
            " files_kept_out, checks) values (%s, gen_random_uuid(), 'COL-00000001', %s, %s, '',"
            " %s, '', now(), now(), 'mitigate', 'x', 'GR-00000001', %s, 'A', now(), now(),"
            " 'ordered', now(), 0, '', '', 0, 0, 0, 0, 0, 0)",
            place.tenant.pk, place.tenant.reference, device.room_id, device.pk, asha.pk,
        )  # fmt: skip


# -- Pages -----------------------------------------------------------------------------------------


def test_page_judges_by_the_same_facts_under_its_grants(place, asha, bo, as_web):
    device = place.device()
    draft = place.items([device], by=asha)[0]
    as_web()
    granted(asha, place.tenant, [bo], HEALTH, INVENTORY, USB)
    with standing(asha, place.tenant):
        facts = gather("eu", [draft])
    action = ACTIONS[ActionCode(draft.action)]
    draft.reference, draft.pk = "", None
    moment = facts.moment(draft, action, parameters_of(draft, action), grant_lives=True)
    now = facts.devices[draft.tenant_id, draft.device_id]
    assert (now.reference, now.heard, now.in_use) == (device.reference, True, False)
    assert now.report is not None
    assert now.report.network.addresses == []  # they open under account.view
    assert before_sending(moment).reason == "other_operation"  # the one that stands there
    facts.open.clear()
    assert before_sending(facts.moment(
        draft, action, parameters_of(draft, action), grant_lives=True)) == SEND  # fmt: skip


def test_page_without_grants_sees_nothing_of_devices(place, asha, as_web):
    device = place.device()
    as_web()
    with standing(asha, place.tenant):
        line = Line("eu")
        assert devices_now(line, [(device.tenant_id, device.pk)]) == {}
        assert line.rows(
            "select * from diagnostics.newest_reports(%s, %s)", [device.tenant_id], [device.pk]
        ) == []  # fmt: skip
