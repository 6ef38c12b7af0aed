"""Event logs (.evtx) into entries: time, level, provider, fields, and the message in words."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

from pydantic_core import from_json

from diagnostics.bundles.entries import (
    INFORMATION,
    LONGEST_NAME,
    LONGEST_RAW,
    LONGEST_VALUE,
    MOST_FIELDS,
    VERBOSE,
    Entry,
    KeptOut,
    clean,
)
from diagnostics.bundles.event_chunks import NoEventLog, chunks
from diagnostics.bundles.event_reader import EventReader, Unreadable
from diagnostics.bundles.messages import describe

DEEPEST: Final = 12


def read(pieces: Iterable[bytes], path: str, channel: str) -> Iterator[Entry | KeptOut]:
    """The entries in the order of the file; what is damaged is left out and told at the end."""
    number, lost, damaged = 0, 0, 0
    try:
        with EventReader() as reader:
            for chunk in chunks(pieces):
                if not chunk.raw:
                    damaged += 1
                    continue
                try:
                    failed, records = reader.read(chunk.raw)
                except Unreadable:
                    damaged += 1
                    continue
                told = [entry for entry in map(_told, records) if entry is not None]
                lost += max(failed, chunk.records - len(told))
                for system, data, raw in told:
                    entry = _entry(number + 1, channel, system, data, raw)
                    if entry is None:
                        lost += 1
                        continue
                    number += 1
                    yield entry
    except NoEventLog:
        yield KeptOut(path, "It is not an event log, or its beginning is damaged.")
        return
    if damaged or lost:
        yield KeptOut(
            path, f"{damaged} damaged parts and {lost} damaged entries; {number} could be read."
        )


Told = tuple[dict[str, Any], Any, str]


def _told(raw: bytes) -> Told | None:
    """The System part of a record, its data, and its text."""
    try:
        text = raw.decode()
        event = from_json(raw)["Event"]
        system = event["System"]
    except (ValueError, KeyError, TypeError):
        return None
    data = next((value for name, value in event.items() if name in ("EventData", "UserData")), None)
    return (system, data, text) if isinstance(system, dict) else None


def _entry(number: int, channel: str, system: dict[str, Any], data: Any, raw: str) -> Entry | None:
    at = _time(system)
    event_id = _whole(system.get("EventID"))
    if at is None or event_id is None:
        return None
    provider = clean(_attribute(system, "Provider", "Name"), LONGEST_NAME)
    fields = fields_of(data)
    return Entry(
        number=number,
        at=at,
        level=_level(system),
        source=channel,
        provider=provider,
        event_id=event_id,
        text=clean(describe(provider, event_id, fields)),
        fields=fields,
        raw=clean(raw, LONGEST_RAW),
        data=data,
    )


def _time(system: dict[str, Any]) -> datetime | None:
    told = _attribute(system, "TimeCreated", "SystemTime")
    try:
        at = datetime.fromisoformat(told.replace(" UTC", ""))
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _level(system: dict[str, Any]) -> int:
    """Windows' number; 0, which is written always, is information, and the unknown verbose."""
    told = _whole(system.get("Level"))
    if told is None:
        return INFORMATION
    return INFORMATION if told <= 0 else min(told, VERBOSE)


def _whole(told: Any) -> int | None:
    """A number, or one that has attributes."""
    if isinstance(told, dict):
        told = told.get("#text")
    if isinstance(told, int) and 0 <= told <= 0xFFFF:
        return told
    return None


def _attribute(system: dict[str, Any], name: str, attribute: str) -> str:
    told = system.get(name)
    attributes = told.get("#attributes") if isinstance(told, dict) else None
    value = attributes.get(attribute) if isinstance(attributes, dict) else None
    return value if isinstance(value, str) else ""


def fields_of(data: Any) -> dict[str, str]:
    """Names and values of an event's data; values without a name are numbered from 1."""
    found: dict[str, str] = {}
    _collect(data, "", found, 0)
    return found


def _collect(told: Any, name: str, found: dict[str, str], depth: int) -> None:
    if len(found) >= MOST_FIELDS or depth > DEEPEST or told is None:
        return
    if isinstance(told, dict):
        for key, value in told.items():
            if key not in ("#attributes", "xmlns"):
                plain = key in ("#text", "Data", "EventXML")
                _collect(value, name if plain else key, found, depth + 1)
    elif isinstance(told, list):
        for value in told:
            _collect(value, name, found, depth + 1)
    else:
        base = clean(name, LONGEST_NAME)
        key, count = base or "1", 1
        while key in found:
            count += 1
            key = f"{base}.{count}" if base else str(count)
        found[key] = clean(told if isinstance(told, str) else json.dumps(told), LONGEST_VALUE)
