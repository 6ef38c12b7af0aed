"""The demo's way in: who its people are, their password, and the code their app would show.

Everything here raises unless the demo setting is on; the address for it does not exist otherwise,
and a system check refuses the setting in production.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django_otp.plugins.otp_totp.models import TOTPDevice

from access import relations
from access.models import Staff
from access.second_factor import authenticator_of, code_at

if TYPE_CHECKING:
    from django.db.models import QuerySet

DEMO_DOMAIN: Final = "rooms-ops.example"
DEMO_PASSWORD: Final = "open-the-demo-rooms"  # noqa: S105 - printed on the demo's own page


class DemoIsOff(Exception):
    """Something asked for the demo's way in where there is none."""


@dataclass(frozen=True)
class DemoPerson:
    """One of the demo's people, for the list on its sign-in page."""

    key: str
    name: str
    note: str


@dataclass(frozen=True)
class DemoCode:
    """The code to type now; empty when both that count now are used, until `ready_at`."""

    code: str
    ready_at: datetime


def require_demo() -> None:
    """Raise unless this is the demo."""
    if not settings.DEMO or settings.PORTAL_ENV == "production":
        raise DemoIsOff("The demo's way in exists in the demo only.")


def people() -> list[DemoPerson]:
    """The people of the demo who can sign in, with what their relations make of them."""
    found = _staff().order_by("name")
    return [DemoPerson(_key(staff), staff.name, _what_they_do(staff)) for staff in found]


def person(key: str) -> Staff | None:
    """The person whose address begins with this key."""
    return _staff().filter(email=f"{key}@{DEMO_DOMAIN}").first()


def _staff() -> QuerySet[Staff]:
    require_demo()
    return Staff.objects.filter(email__endswith=f"@{DEMO_DOMAIN}", is_active=True)


def _key(staff: Staff) -> str:
    return staff.email.removesuffix(f"@{DEMO_DOMAIN}")


def _what_they_do(staff: Staff) -> str:
    standing = relations.of(staff)
    does = {"asks": standing.ask, "decides": standing.decide, "audits": standing.audit}
    words = ", ".join(word for word, tenants in does.items() if tenants) or "stands by"
    return f"{words} (subcontractor)" if staff.employer_type == "subcontractor" else words


def is_demo_person(staff: Staff) -> bool:
    """Whether the demo may show this person's code."""
    require_demo()
    return staff.email.endswith(f"@{DEMO_DOMAIN}")


def code_of(staff: Staff) -> DemoCode | None:
    """The first code of the person's authenticator that is still unused."""
    require_demo()
    device = authenticator_of(staff)
    return code_shown_by(device) if device and is_demo_person(staff) else None


def code_shown_by(device: TOTPDevice) -> DemoCode:
    """The code now, or the next one if that is used; after both there is a wait."""
    require_demo()
    step_now = (int(time.time()) - device.t0) // device.step
    # the device also takes the code of the next step, for clocks that run ahead
    step = max(step_now, device.last_t + 1)
    usable = step <= step_now + device.drift + device.tolerance
    ready = device.t0 + (step - device.tolerance - device.drift) * device.step
    return DemoCode(
        code=code_at(device, step) if usable else "", ready_at=datetime.fromtimestamp(ready, UTC)
    )
