"""People and a device together: registered, issued, enrolled, pressed, taken out, turned away."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.test import Client

from access.models import Tenant
from tests.fleet.small import SmallTenant
from tests.rooms.enrolment.agents import Agent, code


def test_device_comes_and_goes_as_people_say(
    client: Client,
    tenant: Tenant,
    small: SmallTenant,
    settings: Any,
    as_device: Callable[[], None],
    as_web: Callable[[], None],
) -> None:
    pages, room = f"/t/{tenant.reference}/devices/", small.rooms[0].reference
    agent = Agent("", serial="SN-77")
    client.post(f"{pages}endorsements/", {"lines": f"SN-77,{room},{agent.tpm.ek_id}"})
    issued = client.post(
        f"{pages}keys/", {"room": room, "serial": "SN-77", "hours": "1", "reason": "A new console"}
    )
    agent.enrolment_key = re.search(r"eu\.[a-z2-7]{32}", issued.content.decode())[0]
    staff = (settings.ROOT_URLCONF, settings.MIDDLEWARE)
    device = ("portal.urls_device", ["rooms.device_api.middleware.DeviceSurface"])

    as_device()
    settings.ROOT_URLCONF, settings.MIDDLEWARE = device
    agent.client = Client()
    agent.enrol()
    assert code(agent.signed("commands", None))[0] == 405  # known, though the method is wrong

    as_web()
    settings.ROOT_URLCONF, settings.MIDDLEWARE = staff
    waiting = client.get(pages, {"state": "onboarding"}).content.decode()
    assert agent.device in waiting
    client.post(f"{pages}{agent.device}/enrol/")
    assert agent.device in client.get(pages, {"state": "monitored"}).content.decode()
    client.post(f"{pages}{agent.device}/unenrol/", {"reason": "Stolen", "shut_out": "on"})

    as_device()
    settings.ROOT_URLCONF, settings.MIDDLEWARE = device
    assert code(agent.signed("leave", None)) == (403, "device_revoked")
