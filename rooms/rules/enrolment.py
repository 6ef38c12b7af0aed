"""Who may let devices in and out, and when a device, a key or an identity allows it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from access.scopes import Scope
from access.verdict import Allowed, Denied, Verdict
from rooms.models import Device, DeviceIdentity, EnrolmentKey
from rooms.states import DEVICE_MOVES, DeviceState

if TYPE_CHECKING:
    from access.gate import Access

# A device is chosen by what inventory shows of it, so an act takes both.
NEEDED = (Scope.LIFECYCLE_MANAGE, Scope.INVENTORY_VIEW)


def may_manage(access: Access) -> Verdict:
    """Whether this person may let devices of the tenant in and out now."""
    missing = [scope.label for scope in NEEDED if not access.opens(scope)]
    if missing:
        return Denied(
            "Enrolment in this tenant is closed.",
            f"Ask for access to: {', '.join(missing)}.",
            "closed",
        )
    return Allowed()


def may_enrol(device: Device) -> Verdict:
    """Onboarding devices can be taken into service."""
    return _may_become(device, DeviceState.MONITORED, "Only an onboarding device can be enrolled.")


def may_unenrol(device: Device) -> Verdict:
    """Devices that are in service, or on their way, can be taken out."""
    return _may_become(device, DeviceState.UNENROLLED, "This device is unenrolled already.")


def _may_become(device: Device, state: DeviceState, sentence: str) -> Verdict:
    if state in DEVICE_MOVES[DeviceState(device.state)]:
        return Allowed()
    now = DeviceState(device.state).label.lower()
    return Denied(f"{sentence} It is {now} now.", code="state", stale=True)


def may_readmit(identity: DeviceIdentity | None) -> Verdict:
    """A TPM that was shut out can be let in again."""
    if identity is None or identity.revoked_at is None:
        return Denied("The TPM of this device is not shut out.", code="state", stale=True)
    return Allowed()


def may_withdraw_key(key: EnrolmentKey, at: datetime) -> Verdict:
    """A key that no device has used yet, and that still could be."""
    if key_state(key, at) == "usable":
        return Allowed()
    words = {"used": "was used", "withdrawn": "was withdrawn", "expired": "has expired"}
    state = words[key_state(key, at)]
    return Denied(f"This enrolment key {state} already.", code="state", stale=True)


def key_state(key: EnrolmentKey, at: datetime) -> str:
    """usable, used, withdrawn or expired; device.enrolment_key judges the same way."""
    if key.withdrawn_at is not None:
        return "withdrawn"
    if key.used_at is not None:
        return "used"
    return "expired" if at >= key.expires_at else "usable"
