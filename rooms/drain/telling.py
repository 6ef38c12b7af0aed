"""Read the reports of a batch: what each tells of its signals, and whether that is anything new."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from pydantic import ValidationError

from rooms.drain.claim import Taken
from rooms.drain.known import STANDARD, Known, Policy
from rooms.reports.schema import Report
from rooms.signals.catalogue import SIGNALS, DeviceType
from rooms.signals.read import read_all
from rooms.signals.reading import Key, Reading
from rooms.states import DeviceState

# What the inventory and the history keep, less what is never twice the same. All else that a
# report tells shows in the readings.
SLOW: Final = {"power", "sign_in", "displays", "configured", "logitech", "peripherals", "versions"}
# An update of the catalogue makes every report new once.
SEED: Final = hashlib.sha256(repr(SIGNALS).encode())
# What a mistake of ours in a signal's function raises. It must not stop the queue.
MISTAKES: Final = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


class Told(NamedTuple):
    """A report that was read. `digest` is the same while nothing that is stored changes."""

    taken: Taken
    known: Known
    report: Report
    readings: list[Reading]
    digest: bytes


class Unreadable(NamedTuple):
    """A report that cannot be evaluated. `why` is an exception's name and never a value."""

    taken: Taken
    known: Known
    why: str


def read_report(
    report: Report, device: DeviceType, policy: Policy, known: Iterable[Key] = ()
) -> list[Reading]:
    """What the report says of the signals that the tenant has not switched off."""
    readings = read_all(report, device, policy.limits, known)
    if policy.off:
        return [reading for reading in readings if reading.code not in policy.off]
    return readings


def tell(taken: Taken, known: Known, policy: Policy) -> Told | Unreadable:
    """Read one report."""
    try:
        report = Report.model_validate_json(taken.body, strict=True)
        readings = read_report(report, known.type, policy)
    except (ValidationError, *MISTAKES) as wrong:
        return Unreadable(taken, known, type(wrong).__name__)
    return Told(taken, known, report, readings, digest_of(report, readings, known.state, policy))


def digest_of(report: Report, readings: list[Reading], state: DeviceState, policy: Policy) -> bytes:
    """SHA-256 of everything in the report that would change a row other than by its time."""
    digest = SEED.copy()
    digest.update(report.__pydantic_serializer__.to_json(report, include=SLOW))
    network, system = report.network, report.system
    rest = [
        state, system.os_name, system.os_build, system.bios, report.app.version,
        report.agent.version, network.mac, *map(str, network.addresses), *sorted(policy.off),
    ]  # fmt: skip
    rest += [f"{one.code} {one.instance} {one.value} {one.sentence}" for one in readings]
    digest.update("\n".join(map(str, rest)).encode())
    return digest.digest()


def tell_all(
    batch: Iterable[tuple[Taken, Known]], of: Mapping[uuid.UUID, Policy]
) -> tuple[list[Told], list[Unreadable]]:
    """Read a batch, in its order; what could not be read apart."""
    told, unreadable = [], []
    for taken, known in batch:
        one = tell(taken, known, of.get(known.tenant_id, STANDARD))
        if isinstance(one, Told):
            told.append(one)
        else:
            unreadable.append(one)
    return told, unreadable
