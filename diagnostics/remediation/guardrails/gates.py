"""The gates of a device: whether this very device, as it is now, may get this very action."""

from __future__ import annotations

from access.verdict import Allowed, Denied, Verdict, first_denial
from diagnostics.remediation.catalogue.action import Action
from diagnostics.remediation.catalogue.parameters import Parameters
from diagnostics.remediation.catalogue.preconditions import holds
from diagnostics.remediation.catalogue.releases import KnownReleases
from diagnostics.remediation.device import DeviceNow, Standing
from diagnostics.remediation.guardrails.approval import Ordered
from rooms.kinds import Platform
from rooms.states import DeviceState

LEFT = Denied("The device has left the service.", "", "device_left")


def is_in_service(device: Standing) -> Verdict:
    """Only a monitored device of which reports arrive can be worked on."""
    if device.state == DeviceState.UNENROLLED:
        return LEFT
    if device.state != DeviceState.MONITORED:
        return Denied(
            "The device is still onboarding.", "Enrol it first.", "device_onboarding", stale=True
        )
    if not device.heard:
        return Denied(
            "Nothing is heard of the device.", "It must report again.", "device_unmonitored"
        )
    return Allowed()


def runs_on(action: Action, device: Standing) -> Verdict:
    """Whether the action exists on the device's platform."""
    if device.platform in action.platforms:
        return Allowed()
    return Denied(
        f"{action.title} does not exist on {Platform(device.platform).label}.", "", "platform"
    )


def is_free(action: Action, device: DeviceNow) -> Verdict:
    """Nobody meets there, as far as anybody would notice. Unknown counts as a meeting."""
    if not action.interrupts or device.in_use is False:
        return Allowed()
    if device.in_use is None:
        return Denied(
            "Nobody can tell whether the room is in use.", "Wait for a report.", "device_in_meeting"
        )
    return Denied("The room is in use.", "It runs when the room is free.", "device_in_meeting")


def is_the_same(ordered: Ordered, device: DeviceNow) -> Verdict:
    """The device is still the one that was meant: of that tenant, in that room."""
    if device.reference != ordered.device:
        return Denied("This is another device.", "Order it anew.", "other_device")
    if device.tenant != ordered.tenant:
        return Denied("The device belongs to somebody else now.", "", "tenant_changed")
    if device.room != ordered.room:
        return Denied(
            "The device stands in another room now.", "Order it for that room.", "room_changed"
        )
    return Allowed()


def may_order(
    action: Action, told: Parameters, device: DeviceNow, releases: KnownReleases
) -> Verdict:
    """Whether the action makes sense on the device as it is; a meeting does not matter yet."""
    gates = first_denial(is_in_service(device), runs_on(action, device))
    if not gates:
        return gates
    return first_denial(*(holds(one, device, told, releases) for one in action.preconditions))


def may_send(
    ordered: Ordered,
    action: Action,
    told: Parameters,
    device: DeviceNow | None,
    releases: KnownReleases,
) -> Verdict:
    """Whether it may leave now. No device: it left, and its data with it."""
    if device is None:
        return LEFT
    return first_denial(
        is_the_same(ordered, device),
        may_order(action, told, device, releases),
        is_free(action, device),
    )
