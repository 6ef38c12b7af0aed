"""The pages of collected data, closed and open: nothing for axe, the CSP or the HTML lint."""

from __future__ import annotations

import json

import pytest

from access.residency import region
from access.scopes import Scope
from diagnostics.models import CollectionFile, LogEntry, SystemQuery
from rooms.models import Room
from tests.acts import granted
from tests.browser.test_axe import look
from tests.diagnostics import conftest
from tests.diagnostics.collections import OWNER, collected
from tests.diagnostics.sending import APP
from tests.diagnostics.test_check import ACTIVITY, USB
from tests.factories import incident_of

pytestmark = pytest.mark.browser

vault, surface, box, ready = conftest.vault, conftest.surface, conftest.box, conftest.ready
LINES = (
    b"2026-11-22T08:31:07.123Z [Error] [Devices] Camera gone from hub four\r\n"
    b"2026-11-22T08:32:07.123Z [Warning] [Auth] Signed in as mara.lindqvist@contoso.example\r\n"
    b"2026-11-22T09:33:07.123Z [Info] [Calendar] Meeting subject: Budget of the year\r\n"
)
SCOPES = (
    Scope.HEALTH_VIEW,
    Scope.INVENTORY_VIEW,
    Scope.DIAGNOSTICS_COLLECT,
    Scope.DIAGNOSTICS_VIEW,
    Scope.ACTIVITY_VIEW,
)


def usb(at: str, **changed: object) -> tuple[str, str, bytes]:
    """The USB devices at a time."""
    devices = [USB["devices"][0] | changed]
    query = {"made_at": at, "devices": devices}
    return "Queries/usb.json", "query_usb", json.dumps(query).encode()


@pytest.fixture
def places(ready, box, tenant, settings) -> list[str]:
    """Addresses of two checked collections, one that waits, and what came of them."""
    settings.DIAGNOSTICS_DOWNLOADS = True
    ready(usb("2026-11-21T08:31:07+00:00"))
    checked = ready(
        (APP, "app_log", LINES),
        usb("2026-11-22T08:31:07+00:00", state="disconnected"),
        ("Activity/activity.jsonl", "activity", ACTIVITY),
    )
    waiting = collected(box.device, tenant)
    with region("eu"):
        room = Room.objects.using(OWNER).get(pk=box.device.room_id)
        file = CollectionFile.objects.using(OWNER).get(kind="app_log")
        line = LogEntry.objects.using(OWNER).filter(masks__gt=0).get()
        before, after = SystemQuery.objects.using(OWNER).order_by("at")
    incident = incident_of(room, device_id=box.device.pk)
    t = f"/t/{tenant.reference}/"
    return [
        f"{t}collections/",
        f"{t}collections/new/?device={box.device.reference}",
        f"{t}collections/{checked.reference}/",
        f"{t}collections/{waiting.reference}/",
        f"{t}logs/",
        f"{t}logs/?level=2&q=camera",
        f"{t}logs/{line.pk}/",
        f"{t}files/{file.reference}/",
        f"{t}queries/",
        f"{t}queries/{after.reference}/",
        f"{t}queries/{after.reference}/?with={before.reference}",
        f"{t}activity/",
        f"{t}incidents/{incident.reference}/cause/",
        f"{t}keeping/",
        f"{t}cases/",
        f"{t}compliance/",
        "/compliance/",
    ]


def test_closed_pages_of_collected_data(window_of, places, asha):
    window = window_of(asha, theme="dark", width=320)
    assert [problem for path in places for problem in look(window, path)] == []


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 320)])
def test_open_pages_of_collected_data(window_of, places, tenant, asha, bo, bea, theme, width):
    granted(asha, tenant, [bo, bea], *SCOPES)
    window = window_of(asha, theme=theme, width=width)
    assert [problem for path in places for problem in look(window, path)] == []
