"""Read what a room writes into the Windows event log "Skype Room System", source SRS-App.

Pure: one exported line in, one frozen record out. What cannot be read raises MalformedRecord,
whose words never repeat a value of the record, so that they may go into a log.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Any, Final

from tests.fleet.descriptions import HEALTH_WORDS, Description, MalformedRecord, parse_description

CHANNEL: Final = "Skype Room System"
SOURCE: Final = "SRS-App"
LONGEST_LINE: Final = 64 * 1024
LONGEST_TEXT: Final = 4000
LONGEST_VALUE: Final = 254
# control characters, and halves of a surrogate pair: neither can be stored
NO_TEXT: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")

KEYS: Final = (
    "Description",
    "ResourceState",
    "OperationName",
    "OperationResult",
    "OS",
    "OSVersion",
    "Alias",
    "DisplayName",
    "AppVersion",
    "IPv4Address",
    "IPv6Address",
)
OPTIONAL_KEYS: Final = ("IPv4Address2",)


class EventId(StrEnum):
    """The five events, by number."""

    HEARTBEAT_PASSED = "2000"
    HEARTBEAT_FAILED = "2001"
    HARDWARE_PASSED = "3000"
    HARDWARE_FAILED = "3001"
    RESTARTED = "4000"


# event: level, operation, result
SHAPES: Final[dict[EventId, tuple[str, str, str]]] = {
    EventId.HEARTBEAT_PASSED: ("Information", "Heartbeat", "Pass"),
    EventId.HEARTBEAT_FAILED: ("Error", "Heartbeat", "Fail"),
    EventId.HARDWARE_PASSED: ("Information", "HardwareCheckEngine", "Pass"),
    EventId.HARDWARE_FAILED: ("Error", "HardwareCheckEngine", "Fail"),
    EventId.RESTARTED: ("Information", "Restart", "Pass"),
}


@dataclass(frozen=True)
class EventRecord:
    """One event of one device."""

    written_at: datetime
    event: EventId
    healthy: bool
    description: Description
    os: str
    os_version: str
    alias: str
    display_name: str
    app_version: str
    ipv4: IPv4Address | None
    ipv4_second: IPv4Address | None
    ipv6: IPv6Address | None
    unknown_keys: tuple[str, ...] = ()

    @property
    def is_error(self) -> bool:
        """Whether the device wrote it at level Error."""
        return self.event in (EventId.HEARTBEAT_FAILED, EventId.HARDWARE_FAILED)


def parse_line(line: str) -> EventRecord:
    """One line of an exported log: the event with its JSON message. MalformedRecord otherwise."""
    outer = _object(line, "The line")
    _same(outer, "LogName", CHANNEL)
    _same(outer, "ProviderName", SOURCE)
    try:
        event = EventId(str(outer.get("Id")))
    except ValueError:
        raise MalformedRecord("Id is none of 2000, 2001, 3000, 3001 and 4000.") from None
    level, operation, result = SHAPES[event]
    _same(outer, "LevelDisplayName", level)
    payload = _object(_text(outer, "Message", LONGEST_LINE), "Message")
    texts = {
        key: _text(payload, key, LONGEST_TEXT if key == "Description" else LONGEST_VALUE)
        for key in KEYS
    }
    if texts["OperationName"] != operation or texts["OperationResult"] != result:
        raise MalformedRecord(f"OperationName and OperationResult are not those of event {event}.")
    if texts["ResourceState"] not in HEALTH_WORDS:
        raise MalformedRecord("ResourceState is neither Healthy nor Unhealthy.")
    second = _text(payload, "IPv4Address2") if "IPv4Address2" in payload else ""
    return EventRecord(
        written_at=_moment(_text(outer, "TimeCreated")),
        event=event,
        healthy=texts["ResourceState"] == "Healthy",
        description=parse_description(texts["Description"]),
        os=texts["OS"],
        os_version=_version(texts, "OSVersion"),
        alias=texts["Alias"],
        display_name=texts["DisplayName"],
        app_version=_version(texts, "AppVersion"),
        ipv4=_ipv4(texts["IPv4Address"], "IPv4Address"),
        ipv4_second=_ipv4(second, "IPv4Address2"),
        ipv6=_ipv6(texts["IPv6Address"]),
        unknown_keys=tuple(sorted(set(payload) - set(KEYS) - set(OPTIONAL_KEYS))),
    )


def _object(text: str, what: str) -> dict[str, Any]:
    """JSON text as an object."""
    if len(text) > LONGEST_LINE:
        raise MalformedRecord(f"{what} is longer than {LONGEST_LINE} characters.")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise MalformedRecord(f"{what} is no JSON.") from None
    if not isinstance(value, dict):
        raise MalformedRecord(f"{what} is no JSON object.")
    return value


def _text(values: dict[str, Any], key: str, longest: int = LONGEST_VALUE) -> str:
    """A text that can be stored: present, not too long, no control characters, no half letters."""
    value = values.get(key)
    if not isinstance(value, str):
        raise MalformedRecord(f"{key} is missing or no text.")
    if len(value) > longest:
        raise MalformedRecord(f"{key} is longer than {longest} characters.")
    if NO_TEXT.search(value):
        raise MalformedRecord(f"{key} holds characters that are no text.")
    return value


def _same(values: dict[str, Any], key: str, wanted: str) -> None:
    if values.get(key) != wanted:
        raise MalformedRecord(f"{key} is not {wanted}.")


def _version(texts: dict[str, str], key: str) -> str:
    """Four numbers with dots, as Windows and the meeting app count."""
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6}){3}", texts[key]):
        raise MalformedRecord(f"{key} is no version of four numbers.")
    return texts[key]


def _moment(text: str) -> datetime:
    """A moment with its offset, in UTC."""
    try:
        moment = datetime.fromisoformat(text)
        utc = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise MalformedRecord("TimeCreated is no moment.") from None
    if moment.tzinfo is None:
        raise MalformedRecord("TimeCreated has no offset from UTC.")
    return utc


def _ipv4(text: str, key: str) -> IPv4Address | None:
    try:
        return IPv4Address(text) if text else None
    except AddressValueError:
        raise MalformedRecord(f"{key} is no IPv4 address.") from None


def _ipv6(text: str) -> IPv6Address | None:
    """Without the zone that Windows writes behind a link-local address."""
    try:
        return IPv6Address(text.partition("%")[0]) if text else None
    except AddressValueError:
        raise MalformedRecord("IPv6Address is no IPv6 address.") from None
