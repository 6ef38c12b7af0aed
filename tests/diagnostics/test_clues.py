"""The cause of an incident from what was collected: known events and codes, in words."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from diagnostics.explorer.clues import PATTERNS, clue_of, network_findings, usb_findings
from tests.acts import granted
from tests.diagnostics.collections import HEALTH, INVENTORY, VIEW
from tests.diagnostics.test_check import USB
from tests.factories import incident_of


@pytest.mark.parametrize(
    ("event", "text", "code"),
    [
        (1098, "Signing in failed: AADSTS50076", "mfa"),
        (1098, "Signing in failed: AADSTS53003", "conditional_access"),
        (1098, "Signing in failed: AADSTS50055", "password_expired"),
        (1098, "Signing in failed: AADSTS50126", "wrong_password"),
        (2001, "Network status : Unhealthy. Exchange status : Connected.", "no_network"),
        (2001, "Network status : Healthy. Exchange status : GeneralError.", "no_mailbox"),
        (3001, "Camera status : Unhealthy.", "camera_missing"),
        (3001, "Front of Room Display status : Unhealthy.", "display_missing"),
        (41, "Windows restarted without having been shut down.", "unclean_restart"),
        (1000, "SkypeRoomSystem.exe crashed", "app_crash"),
        (3000, "Camera status : Healthy.", None),
        (3001, "Camera status : Healthy.", None),
        (None, "AADSTS50076", None),
    ],
)
def test_known_events_are_told_in_words(event, text, code):
    found = clue_of(event, text)
    assert (found.code if found else None) == code


def test_every_clue_says_what_to_do():
    assert all(one.clue.says.endswith(".") and one.clue.do.endswith(".") for one in PATTERNS)
    assert len({one.clue.code for one in PATTERNS}) == len(PATTERNS)


def test_usb_tree_tells_what_is_gone():
    camera = USB["devices"][0]
    assert usb_findings(USB) == []
    assert usb_findings({"devices": [camera | {"state": "disconnected"}]}) == [
        "MeetUp at USB 3 is not connected."
    ]


def test_network_tells_of_wifi_alone():
    adapter = {"name": "Wi-Fi", "kind": "wifi", "up": True, "gateways": ["10.0.0.1"]}
    assert network_findings({"adapters": [adapter | {"wifi": {"signal_dbm": -80}}]}) == [
        "Only Wi-Fi is connected.",
        "Wi-Fi hears its network with -80 dBm.",
    ]
    assert network_findings({"adapters": []}) == ["No network adapter is up."]


@pytest.fixture
def incident(box):
    return incident_of(box.device.room, "camera_room")


@pytest.fixture
def page(tenant, incident) -> str:
    return f"/t/{tenant.reference}/incidents/{incident.reference}/cause/"


def bundle(now: datetime) -> tuple[str, str, bytes]:
    gone = USB["devices"][0] | {"state": "disconnected", "problem_code": 45}
    told = {"made_at": now.isoformat(), "devices": [gone]}
    return ("Queries/usb.json", "query_usb", json.dumps(told).encode())


def test_page_shows_what_the_newest_query_says(sign_in, asha, bo, tenant, page, ready):
    ready(bundle(datetime.now(UTC) - timedelta(minutes=5)))
    granted(asha, tenant, [bo], HEALTH, VIEW, INVENTORY)
    text = sign_in(asha).get(page).content.decode()
    assert "MeetUp at USB 3 is not connected." in text


def test_page_without_anything_offers_to_collect(sign_in, asha, bo, tenant, page, vault, box):
    granted(asha, tenant, [bo], HEALTH, VIEW, INVENTORY)
    text = sign_in(asha).get(page).content.decode()
    assert "Nothing was collected from this room yet." in text
    assert f"device={box.device.reference}" in text


@pytest.mark.parametrize("scope", [HEALTH, VIEW])
def test_one_scope_alone_keeps_it_closed(sign_in, asha, bo, tenant, page, ready, scope):
    ready(bundle(datetime.now(UTC) - timedelta(minutes=5)))
    granted(asha, tenant, [bo], scope)
    text = sign_in(asha).get(page).content.decode()
    assert "MeetUp" not in text
    assert "Closed" in text
