"""Known events and codes in words: what a line says about the cause, and what to do about it.

Facts: teams-rooms.md 7.1 (the app's events), 7.4 (sign-in codes), and Windows' public event ids.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True)
class Clue:
    """What a line tells: in words, and the next step. `code` names it."""

    code: str
    says: str
    do: str


@dataclass(frozen=True)
class Pattern:
    """Lines of these event ids, narrowed by what their text holds, and the clue they are."""

    clue: Clue
    events: frozenset[int]
    holds: re.Pattern[str] | None = None


def _pattern(code: str, says: str, do: str, events: Iterable[int], holds: str = "") -> Pattern:
    found = re.compile(holds, re.IGNORECASE) if holds else None
    return Pattern(Clue(code, says, do), frozenset(events), found)


PATTERNS: Final = (
    _pattern(
        "mfa",
        "The room account was asked for a second factor, which a room cannot give.",
        "Ask the customer to take the room account out of the policy that demands it.",
        (1098, 2001),
        r"AADSTS500(76|79)",
    ),
    _pattern(
        "conditional_access",
        "Conditional Access refused the room account.",
        "Ask the customer to exclude the account, or to let the device comply.",
        (1098, 2001),
        r"AADSTS53003",
    ),
    _pattern(
        "password_expired",
        "The password of the room account has expired.",
        "Ask the customer to set one that does not expire, and to type it into the room.",
        (1098, 2001),
        r"AADSTS50055",
    ),
    _pattern(
        "wrong_password",
        "The user name or password of the room account is wrong.",
        "Ask the customer for the password that was last set.",
        (1098, 2001),
        r"AADSTS50126",
    ),
    _pattern(
        "no_mailbox",
        "Exchange answered with a general error: the account may have no mailbox.",
        "Ask the customer whether the account has a mailbox and its licence.",
        (2001,),
        r"GeneralError",
    ),
    _pattern(
        "no_network",
        "The app found the network unhealthy.",
        "Look at the network query: cable, gateway, proxy and name service.",
        (2001,),
        r"Network status\s*:\s*Unhealthy",
    ),
    _pattern(
        "display_missing",
        "Fewer displays were found than are set up.",
        "Have the HDMI cable and the display's power checked, or reset the display's port.",
        (3001,),
        r"Display status\s*:\s*Unhealthy",
    ),
    _pattern(
        "camera_missing",
        "A camera was not found.",
        "Compare the USB query with an earlier one; reset its port, then have the cable checked.",
        (3001,),
        r"Camera status\s*:\s*Unhealthy",
    ),
    _pattern(
        "audio_missing",
        "A microphone or speaker was not found.",
        "Compare the USB query with an earlier one; reset its port, then have the cable checked.",
        (3001,),
        r"(Microphone|Speaker) status\s*:\s*Unhealthy",
    ),
    _pattern(
        "ingest_missing",
        "The HDMI ingest was not found.",
        "Reset its USB port, then have the module's cable checked.",
        (3001,),
        r"Ingest status\s*:\s*Unhealthy",
    ),
    _pattern(
        "unclean_restart",
        "Windows restarted without having been shut down: power was lost, or it hung.",
        "Ask whether the room lost power; several in one building at once say that it did.",
        (41, 6008),
    ),
    _pattern(
        "bugcheck",
        "Windows stopped with an error of its own.",
        "Note the code, update the driver it names, and compare with other rooms of that model.",
        (1001,),
        r"stopped with an error",
    ),
    _pattern(
        "app_crash",
        "A program crashed.",
        "Restart the app; if it comes back, update the app and note the module.",
        (1000, 1002),
    ),
    _pattern(
        "usb_trouble",
        "A USB device was removed, or could not start.",
        "Reset its port or hub; if it comes back, have the cable and the hub checked.",
        (411, 420, 442, 2102),
    ),
    _pattern(
        "update_failed",
        "An update could not be installed, or the update service was not reached.",
        "Look at the updates query; reset Windows Update once a month at the most.",
        (16, 20),
    ),
    _pattern(
        "time_trouble",
        "The clock is off, or no time arrives.",
        "Resync the time, and ask the customer whether the time source may be reached.",
        (47, 50),
    ),
    _pattern(
        "disk_trouble",
        "The disk reports trouble, or is nearly full.",
        "Clean the disk tonight; bad blocks mean that the disk is to be replaced.",
        (7, 51, 52, 2013),
    ),
)
EVENTS: Final = sorted(set().union(*(one.events for one in PATTERNS)))


def clue_of(event_id: int | None, text: str) -> Clue | None:
    """The first clue that a line is; None for a line that says nothing we know."""
    for pattern in PATTERNS:
        if event_id in pattern.events and (pattern.holds is None or pattern.holds.search(text)):
            return pattern.clue
    return None


def usb_findings(document: Mapping[str, Any]) -> list[str]:
    """What is wrong in the tree of USB devices, a sentence each."""
    found = []
    for one in document.get("devices") or []:
        name = f"{one.get('name')} at {one.get('port')}"
        if one.get("state") == "problem":
            found.append(f"{name} reports problem {one.get('problem_code')}.")
        elif one.get("state") == "disconnected":
            found.append(f"{name} is not connected.")
    return found


def power_findings(document: Mapping[str, Any]) -> list[str]:
    """What the power plan does that a room must not."""
    found = []
    if document.get("usb_selective_suspend"):
        found.append("The power plan lets USB devices sleep.")
    if document.get("sleep_after_minutes"):
        found.append(f"The device sleeps after {document['sleep_after_minutes']} minutes.")
    if (document.get("cpu_limit_percent") or 100) < 100:
        found.append(f"The processor is limited to {document['cpu_limit_percent']} %.")
    return found


def network_findings(document: Mapping[str, Any]) -> list[str]:
    """What stands in the way of the network."""
    adapters = document.get("adapters") or []
    up = [one for one in adapters if one.get("up")]
    found = []
    if not up:
        found.append("No network adapter is up.")
    elif all(one.get("kind") == "wifi" for one in up):
        found.append("Only Wi-Fi is connected.")
    found += [
        f"{one.get('name')} hears its network with {one['wifi']['signal_dbm']} dBm."
        for one in up
        if one.get("wifi") and float(one["wifi"].get("signal_dbm") or 0) < -70
    ]
    found += [f"{one.get('name')} has no gateway." for one in up if not one.get("gateways")]
    return found


def time_findings(document: Mapping[str, Any]) -> list[str]:
    """Whether the clock can be right."""
    if not document.get("running"):
        return ["The time service does not run."]
    offset = document.get("offset_seconds")
    return [f"The clock is {offset} s off."] if offset and abs(float(offset)) > 5 else []


def update_findings(document: Mapping[str, Any]) -> list[str]:
    """What keeps updates away."""
    found = [
        f"The service {one.get('name')} is switched off."
        for one in document.get("services") or []
        if one.get("start") == "disabled"
    ]
    if document.get("wsus_server"):
        found.append("Updates come from a WSUS server of the customer.")
    return found


FINDINGS: Final = {
    "query_usb": usb_findings,
    "query_power": power_findings,
    "query_network": network_findings,
    "query_time": time_findings,
    "query_updates": update_findings,
}
