"""What reports show of items that are being verified, read for many at once."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from diagnostics.models import Remediation
from diagnostics.remediation.catalogue import Action
from diagnostics.remediation.catalogue.verification import Evidence
from diagnostics.remediation.queue.facts.devices import Key, read_report
from rooms.drain.known import STANDARD, policies
from rooms.drain.line import Line, columns_of
from rooms.drain.moving import minute
from rooms.drain.world import RECORDED
from rooms.kinds import DeviceKind, Platform
from rooms.reports.schema import Report
from rooms.signals.read import device_type, read_all
from rooms.signals.reading import Key as SignalKey
from rooms.signals.reading import Reading, Value
from rooms.signals.thresholds import Thresholds

# So many of the newest reports of a device are looked at; no action waits for more in a row.
NEWEST: Final = 8

SINCE: Final = """
    select i.id, d.platform, d.kind, coalesce(c.delivered_at, i.sent_at), n.code, n.instance,
           o.state
    from unnest(%s::uuid[], %s::uuid[]) as g(tenant_id, id)
    join diagnostics_remediation i on i.tenant_id = g.tenant_id and i.id = g.id
    join rooms_device d on d.tenant_id = i.tenant_id and d.id = i.device_id
    left join rooms_devicecommand c on c.tenant_id = i.tenant_id and c.id = i.command_id
    left join rooms_incident n on n.tenant_id = i.tenant_id and n.id = i.incident_id
    left join diagnostics_collection o on o.tenant_id = i.tenant_id
        and o.reference = i.operation and i.action = 'collect_log'
"""
GIVEN: Final = "unnest(%s::uuid[], %s::uuid[], %s::timestamptz[]) as g(tenant_id, id, since)"
# Only whole reports: one without a body said what the last whole one said, of what that keeps.
AFTER: Final = f"""
    select g.tenant_id, g.id, r.body::text
    from {GIVEN}
    cross join lateral (
        select n.received_at, n.body from rooms_devicereport n
        where n.tenant_id = g.tenant_id and n.device_id = g.id and n.received_at > g.since
          and n.body is not null and not n.body ? 'set_aside'
        order by n.received_at desc limit {NEWEST}) r
"""  # noqa: S608 - ours, as below
BEFORE: Final = f"""
    select g.tenant_id, g.id, r.body::text
    from {GIVEN}
    cross join lateral (
        select n.body from rooms_devicereport n
        where n.tenant_id = g.tenant_id and n.device_id = g.id and n.received_at <= g.since
          and n.body is not null and not n.body ? 'set_aside'
        order by n.received_at desc limit 1) r
"""  # noqa: S608


def evidence_of(
    line: Line, items: Sequence[Remediation], actions: dict[uuid.UUID, Action]
) -> dict[uuid.UUID, Evidence]:
    """For each of these items, in five statements; one whose device is gone is left out."""
    if not items:
        return {}
    keys = columns_of((item.tenant_id, item.pk) for item in items)
    rows = {row[0]: row[1:] for row in line.rows(SINCE, *keys)}
    there = [item for item in items if item.pk in rows]
    since = [(one.tenant_id, one.device_id, rows[one.pk][2] or one.state_at) for one in there]
    if not since:
        return {}
    after, before = _reports(line, AFTER, since), _reports(line, BEFORE, since)
    limits = policies(line, {item.tenant_id for item in there})
    found: dict[uuid.UUID, Evidence] = {}
    for item, (*_, sent_at) in zip(there, since, strict=True):
        platform, kind, _, code, instance, collection = rows[item.pk]
        device = (item.tenant_id, item.device_id)
        earlier = before.get(device, [])
        found[item.pk] = Evidence(
            device=device_type(Platform(platform), DeviceKind(kind)),
            sent_at=sent_at,
            settle=actions[item.pk].time_outs.scaled(minute()).settle,
            before=earlier[0] if earlier else None,
            after=tuple(after.get(device, [])),
            sought=_sought(item, code, instance),
            collection=collection or "",
            limits=limits.get(item.tenant_id, STANDARD).limits,
        )
    return found


def _reports(
    line: Line, statement: str, since: Sequence[tuple[uuid.UUID, uuid.UUID, datetime]]
) -> dict[Key, list[Report]]:
    found: dict[Key, list[Report]] = defaultdict(list)
    for tenant, device, body in line.rows(statement, *columns_of(since)):
        report = read_report(body, device)
        if report is not None:
            found[tenant, device].append(report)
    return found


def _sought(item: Remediation, code: str | None, instance: str | None) -> frozenset[SignalKey]:
    """The signal that it is to mend: its incident's, or the one it names; no report shows what a
    person has recorded."""
    if code and code != RECORDED:
        return frozenset({(code, instance or "")})
    return frozenset({(item.signal, "")}) if item.signal and not code else frozenset()


def snapshot(
    report: Report | None, evidence: Evidence, beside: Iterable[SignalKey] = ()
) -> dict[str, Any]:
    """What a report tells that matters: versions, and signals that are ill or were looked for."""
    if report is None:
        return {}
    wanted = {*evidence.sought, *beside}
    shown = [
        one
        for one in _readings(report, evidence, evidence.limits)
        if one.value is Value.UNHEALTHY or one.key in wanted
    ]
    return {
        "versions": versions_of(report),
        "signals": {
            "/".join(filter(None, one.key)): {"value": str(one.value), "sentence": one.sentence}
            for one in shown
        },
    }


def _readings(report: Report, evidence: Evidence, limits: Thresholds) -> list[Reading]:
    return read_all(report, evidence.device, limits, evidence.sought)


def ill_in(report: Report | None, evidence: Evidence) -> set[SignalKey]:
    """The signals that are ill by a report."""
    if report is None:
        return set()
    readings = _readings(report, evidence, evidence.limits)
    return {one.key for one in readings if one.value is Value.UNHEALTHY}


def versions_of(report: Report) -> dict[str, str]:
    """What the device runs."""
    told = {"app": report.app.version, "os": report.system.os_build, "agent": report.agent.version}
    for seen in report.peripherals:
        if seen.firmware:
            told[f"firmware of {seen.name}"] = seen.firmware
    return told | {one.component: one.installed for one in report.versions}


def changed(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """What differs between two snapshots, for the record: codes and versions, and no sentence."""
    was, now = before.get("versions", {}), after.get("versions", {})
    versions = {
        name: [was.get(name, ""), now.get(name, "")]
        for name in sorted({*was, *now})
        if was.get(name) != now.get(name)
    }
    ill = {name for name, one in before.get("signals", {}).items() if one["value"] == ILL}
    still = {name for name, one in after.get("signals", {}).items() if one["value"] == ILL}
    return {
        "versions": versions if before and after else {},
        "mended": sorted(ill - still) if after else [],
        "new_faults": sorted(still - ill) if before else [],
    }


ILL: Final = str(Value.UNHEALTHY)
