"""Ordering remediations: what is offered, what is previewed, and what is written."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup

from access.scopes import Scope
from diagnostics.remediation.catalogue import ActionCode
from diagnostics.remediation.states import ItemState
from rooms.models import Device
from tests.acts import granted
from tests.diagnostics.collections import collected
from tests.diagnostics.remediations import (
    HEALTH,
    INVENTORY,
    ORDERING,
    RESTART,
    item_of,
    items,
    reported,
    steps_of,
)
from tests.factories import computer_of, furnish, incident_of
from tests.rooms.incidents import acts
from tests.rooms.pages import said


@pytest.fixture
def small(tenant):
    return furnish(tenant)


@pytest.fixture
def device(tenant, small) -> Device:
    return reported(computer_of(tenant, small.rooms[0].pk))


@pytest.fixture
def other(tenant, small) -> Device:
    return reported(computer_of(tenant, small.rooms[1].pk))


@pytest.fixture
def grant(tenant, asha, bo):
    return granted(asha, tenant, [bo], *ORDERING)


@pytest.fixture
def path(tenant) -> str:
    return f"/t/{tenant.reference}/remediation/new/"


def words(response) -> str:
    return " ".join(BeautifulSoup(said(response), "html.parser").get_text(" ").split())


def filled(client, url: str, **changes: Any) -> dict[str, Any]:
    """The form of the page as a browser would send it, with changes."""
    page = BeautifulSoup(client.get(url).content, "html.parser")
    (form,) = page.select("main form[method=post]")
    sent = {one["name"]: one.get("value", "") for one in form.select("input[type=hidden]")}
    for one in form.select("select"):
        chosen = one.select_one("option[selected]") or one.select_one("option")
        sent[one["name"]] = chosen["value"] if chosen else ""
    for one in form.select("input[checked]"):
        sent[one["name"]] = one["value"]
    for one in form.select("textarea"):
        sent[one["name"]] = one.text.strip()
    return sent | {"act": "order", "reason": "The console is dark"} | changes


def url_of(path: str, *devices: Device, action: str = "restart_app", **more: str) -> str:
    pairs = [f"device={one.reference}" for one in devices]
    pairs += [f"{name}={value}" for name, value in more.items()]
    return f"{path}?{'&'.join(pairs)}&action={action}"


def test_order_now_is_agreed_under_the_grant(sign_in, asha, device, path, grant, superuser):
    client, url = sign_in(asha), url_of(path, device)
    response = client.post(url, filled(client, url, when="now"))
    assert response.status_code == 303, words(response)
    (item,) = items()
    assert response["Location"].endswith(f"/remediation/{item.reference}/")
    assert (item.state, item.covered_by, item.urgent) == ("approved", "grant", True)
    assert (item.action, item.kind, item.scope) == ("restart_app", "restart", "remediate.restart")
    assert (item.device_id, item.room_id) == (device.pk, device.room_id)
    assert (item.grant_reference, item.requested_by_label) == (grant.reference, "Asha")
    assert len(item.digest) == 64
    assert steps_of(item) == [("approved", "requester", f"Ordered under {grant.reference}.")]
    assert acts(superuser, "remediation.%") == [("remediation.approved", "ok", item.reference)]


def test_order_of_a_usb_port_keeps_its_parameters(sign_in, asha, device, path, grant):
    client, url = sign_in(asha), url_of(path, device, action="reset_usb")
    assert client.post(url, filled(client, url, when="now")).status_code == 303
    (item,) = items()
    assert item.parameters["target"] == "port"
    assert item.parameters["at"]


def test_order_with_an_approval_waits_for_one(sign_in, asha, bo, bea, device, path, grant):
    client, url = sign_in(asha), url_of(path, device)
    assert client.post(url, filled(client, url, when="approval")).status_code == 303
    (item,) = items()
    assert (item.state, item.covered_by, item.urgent) == ("proposed", "approval", False)
    assert item.next_at == item.window_ends_at
    assert (item.window_begins_at < item.window_ends_at, item.approved_digest) == (True, "")


def test_preview_says_what_it_does_and_who_agrees(sign_in, asha, device, path, grant):
    text = words(sign_in(asha).get(url_of(path, device)))
    for part in ("Side effects", "Who notices", "Who must agree", "Used of each limit",
                 "Next window", "No emergency stop is in force", grant.reference):  # fmt: skip
        assert part in text, part


def test_now_is_not_offered_in_a_meeting(sign_in, asha, tenant, small, path, grant):
    device = reported(computer_of(tenant, small.rooms[0].pk), in_use=True)
    client, url = sign_in(asha), url_of(path, device)
    assert "Now is not offered." in words(client.get(url))
    response = client.post(url, filled(client, url, when="now"))
    assert response.status_code == 422
    assert "The room is in use." in words(response)
    assert items() == []


def test_what_was_not_previewed_is_shown_first(sign_in, asha, device, path, grant):
    client, url = sign_in(asha), url_of(path, device, action="restart_clear_cache")
    sent = filled(client, url, when="now", teams_cache="on")
    response = client.post(url, sent)
    assert response.status_code == 200
    assert "Not ordered yet." in words(response)
    assert items() == []
    page = BeautifulSoup(response.content, "html.parser")
    mark = page.select_one("input[name=previewed]")["value"]
    assert client.post(url, sent | {"previewed": mark}).status_code == 303
    assert items()[0].parameters == {"teams_cache": True}


def test_action_of_a_closed_scope_says_how_to_ask(sign_in, asha, device, path, grant):
    client = sign_in(asha)
    listed = client.get(f"{path}?device={device.reference}")
    assert "remediate.update" in listed.content.decode()
    url = url_of(path, device, action="update_app")
    assert "Update the meeting app is closed" in words(client.get(url))
    assert client.post(url, {"act": "order"}).status_code == 403
    assert items() == []


def test_grant_of_another_room_orders_nothing(sign_in, asha, bo, tenant, small, device, path):
    granted(asha, tenant, [bo], HEALTH, INVENTORY)
    granted(asha, tenant, [bo], RESTART, rooms=[small.rooms[1].reference])
    url = url_of(path, device)
    assert sign_in(asha).post(url, {"act": "order"}).status_code == 403
    assert items() == []


@pytest.mark.parametrize(
    ("change", "said_so"),
    [
        ({"when": ""}, "Choose when it is to run."),
        ({"when": "tomorrow"}, "Select a valid choice"),
        ({"reason": ""}, "Say what it is to mend."),
        ({"reason": "…"}, "Write it in words"),
        ({"place": "port:NOWHERE"}, "The newest report names none such."),
    ],
    ids=["no time", "unknown time", "no reason", "no words", "unknown port"],
)
def test_mistakes_order_nothing(sign_in, asha, device, path, grant, change, said_so):
    client, url = sign_in(asha), url_of(path, device, action="reset_usb")
    response = client.post(url, filled(client, url, when="now") | change)
    assert response.status_code == 422
    assert said_so in words(response)
    assert items() == []


def test_device_that_is_not_monitored_is_refused(sign_in, asha, device, path, grant):
    Device.objects.using("eu_owner").filter(pk=device.pk).update(state="onboarding")
    client, url = sign_in(asha), url_of(path, device)
    response = client.post(url, filled(client, url, when="approval"))
    assert response.status_code in (409, 422)
    assert "still onboarding" in words(response)
    assert items() == []


def test_second_operation_of_the_kind_names_the_first(sign_in, asha, tenant, device, path, grant):
    first = item_of(device, tenant)
    client, url = sign_in(asha), url_of(path, device)
    response = client.post(url, filled(client, url, when="now"))
    assert response.status_code == 409
    assert f"/remediation/{first.reference}/" in response.content.decode()
    assert [one.pk for one in items()] == [first.pk]


def test_open_collection_is_named_as_well(sign_in, asha, bo, tenant, device, path):
    granted(asha, tenant, [bo], *ORDERING, Scope.DIAGNOSTICS_COLLECT)
    order = collected(device, tenant)
    client, url = sign_in(asha), url_of(path, device, action="collect_log")
    sent = filled(client, url, when="now", kinds=["app_log"], act="preview")
    page = BeautifulSoup(client.post(url, sent).content, "html.parser")
    mark = page.select_one("input[name=previewed]")["value"]
    response = client.post(url, sent | {"act": "order", "previewed": mark})
    assert response.status_code == 409
    assert order.reference in words(response)


def test_other_kind_is_no_hindrance(sign_in, asha, tenant, device, path, grant):
    item_of(device, tenant, action=ActionCode.REENUMERATE_USB)
    client, url = sign_in(asha), url_of(path, device)
    assert client.post(url, filled(client, url, when="now")).status_code == 303


def test_several_devices_are_ordered_all_or_none(sign_in, asha, tenant, device, other, path, grant):
    client, url = sign_in(asha), url_of(path, device, other)
    busy = item_of(other, tenant)
    assert client.post(url, filled(client, url, when="now")).status_code == 409
    assert [one.pk for one in items()] == [busy.pk]
    type(busy).objects.using("eu_owner").filter(pk=busy.pk).update(state=ItemState.CANCELLED)
    assert client.post(url, filled(client, url, when="now")).status_code == 303
    assert {one.device_id for one in items()} == {device.pk, other.pk}


def test_too_many_devices_are_a_wave(sign_in, asha, path, grant):
    named = "&".join(f"device=DV-0000000{letter}" for letter in "ABCDEFGHJKM")
    text = words(sign_in(asha).get(f"{path}?{named}&action=restart_app"))
    assert "11 devices are a wave" in text


def test_unknown_action_and_unknown_device_are_named(sign_in, asha, device, path, grant):
    client = sign_in(asha)
    text = words(client.get(url_of(path, device, action="explode")))
    assert "There is no action called “explode”" in text
    assert "Not open to you in this tenant" in words(
        client.get(f"{path}?device=DV-00000000&action=restart_app")
    )


def test_incident_fills_in_device_action_and_reason(sign_in, asha, small, device, path, grant):
    incident = incident_of(small.rooms[0], "usb_flapping", device_id=device.pk)
    client = sign_in(asha)
    assert device.reference in client.get(f"{path}?incident={incident.reference}").content.decode()
    url = f"{path}?incident={incident.reference}&action=restart_app"
    sent = filled(client, url, when="now")
    assert client.post(url, sent).status_code == 303
    (item,) = items()
    assert (item.incident_id, item.signal) == (incident.pk, "usb_flapping")


@pytest.mark.parametrize("missing", [HEALTH, INVENTORY, RESTART], ids=str)
def test_without_one_of_its_scopes_it_is_closed(sign_in, asha, bo, tenant, device, path, missing):
    held = [scope for scope in (HEALTH, INVENTORY, RESTART) if scope != missing]
    granted(asha, tenant, [bo], *held)
    client, url = sign_in(asha), url_of(path, device)
    response = client.get(url)
    assert (response.status_code, "Closed" in words(response)) == (200, True)
    assert client.post(url, {"act": "order"}).status_code == 403
    assert items() == []


def test_casey_of_another_tenant_finds_nothing(sign_in, casey, device, path):
    assert sign_in(casey).get(url_of(path, device)).status_code == 404
