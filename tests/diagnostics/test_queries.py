"""System queries to read, as a picture, and as the difference between two."""

from __future__ import annotations

import json

import pytest

from access.residency import region
from diagnostics.explorer.queries import differences, flat, usb_nodes
from diagnostics.models import SystemQuery
from tests.acts import granted
from tests.diagnostics.collections import HEALTH, OWNER, VIEW
from tests.diagnostics.test_check import USB

PATH = "Queries/usb.json"
CAMERA = USB["devices"][0]


def usb(at: str, *devices: dict) -> bytes:
    return json.dumps({"made_at": at, "devices": list(devices)}).encode()


@pytest.fixture
def page(tenant) -> str:
    return f"/t/{tenant.reference}/queries/"


def references() -> list[str]:
    with region("eu"):
        rows = SystemQuery.objects.using(OWNER).order_by("at")
        return list(rows.values_list("reference", flat=True))


def test_query_is_read_as_picture_and_rows(sign_in, asha, bo, tenant, page, ready):
    ready((PATH, "query_usb", usb("2026-11-22T08:31:07+00:00", CAMERA)))
    granted(asha, tenant, [bo], VIEW)
    client = sign_in(asha)
    assert "USB devices" in client.get(page).content.decode()
    text = client.get(f"{page}{references()[0]}/").content.decode()
    assert "MeetUp, USB 3" in text
    assert "046d:0867" in text


def test_two_answers_are_compared(sign_in, asha, bo, tenant, page, ready):
    gone = CAMERA | {"state": "disconnected", "problem_code": 45}
    ready((PATH, "query_usb", usb("2026-11-21T08:31:07+00:00", CAMERA)))
    ready((PATH, "query_usb", usb("2026-11-22T08:31:07+00:00", gone)))
    granted(asha, tenant, [bo], VIEW)
    before, after = references()
    text = sign_in(asha).get(f"{page}{after}/?with={before}").content.decode()
    assert "What changed" in text
    assert "disconnected" in text
    assert "not connected" in text


def test_queries_of_two_devices_are_not_compared(sign_in, asha, bo, tenant, page, ready, superuser):
    ready((PATH, "query_usb", usb("2026-11-21T08:31:07+00:00", CAMERA)))
    ready((PATH, "query_usb", usb("2026-11-22T08:31:07+00:00", CAMERA)))
    before, after = references()
    superuser["eu"].execute(
        "update diagnostics_systemquery set device_id = gen_random_uuid() where reference = %s",
        [before],
    )
    granted(asha, tenant, [bo], VIEW)
    assert sign_in(asha).get(f"{page}{after}/?with={before}").status_code == 404


def test_closed_pages_hold_no_value(sign_in, asha, bo, tenant, page, ready):
    ready((PATH, "query_usb", usb("2026-11-22T08:31:07+00:00", CAMERA)))
    granted(asha, tenant, [bo], HEALTH)
    client = sign_in(asha)
    for path in (page, f"{page}{references()[0]}/"):
        assert "MeetUp" not in client.get(path).content.decode()


def test_differences_name_members_and_not_places():
    old = {"devices": [CAMERA, CAMERA | {"instance": "B", "name": "Hub"}]}
    new = {"devices": [CAMERA | {"instance": "B", "name": "Hub", "port": "USB 1"}, CAMERA]}
    assert [(one.path, one.before, one.after) for one in differences(old, new)] == [
        ("devices / B / port", "USB 3", "USB 1")
    ]


def test_what_came_and_went_is_a_change():
    assert [(c.path, c.before, c.after) for c in differences({"a": 1}, {"b": True})] == [
        ("b", "", "yes"),
        ("a", "1", ""),
    ]


def test_flat_names_members_that_share_a_name_apart():
    rows = flat({"all": [{"name": "x", "on": True}, {"name": "x", "on": False}]})
    assert rows == {
        "all / x / name": "x",
        "all / x / on": "yes",
        "all / x (2) / name": "x",
        "all / x (2) / on": "no",
    }


def test_device_without_a_known_hub_hangs_on_the_computer():
    nodes = usb_nodes({"devices": [CAMERA | {"parent": "nowhere"}]})
    assert [node["parent"] for node in nodes] == ["", "computer"]
