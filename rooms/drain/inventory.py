"""Write what a report says of the device: what is plugged in, what it runs, where it stands.

Only for reports that say something new. A device lists what was unplugged as not connected, so
what it does not list any more is no longer there, and its row goes; but an empty list tells
nothing and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Address
from typing import Any, Final

from rooms.drain.line import Line, Sheet, columns_of, unnested
from rooms.drain.telling import Told
from rooms.kinds import PeripheralKind, Platform
from rooms.releases import APP_RELEASES, NEWEST_WINDOWS, Standing, app_standing, windows_standing
from rooms.reports.schema import PeripheralSeen, Report
from rooms.signals.catalogue import DeviceType
from rooms.states import LinkState

OWNED: Final = {"tenant_id": "uuid", "room_id": "uuid", "device_id": "uuid"}
PERIPHERAL: Final = OWNED | {
    "kind": "text", "name": "text", "vendor_id": "text", "product_id": "text", "instance": "text",
    "firmware": "text", "port": "text", "position": "int", "link": "text", "since": "timestamptz",
}  # fmt: skip
TOLD: Final = ("kind", "name", "firmware", "port", "position", "link")
PUT_PERIPHERALS: Final = f"""
    insert into rooms_peripheral as p (id, {", ".join(PERIPHERAL)})
    select gen_random_uuid(), {", ".join(PERIPHERAL)} from {unnested(PERIPHERAL)}
    on conflict (tenant_id, device_id, vendor_id, product_id, instance) do update set
        {", ".join(f"{name} = excluded.{name}" for name in TOLD)},
        since = case when p.link = excluded.link then p.since else excluded.since end
    where ({", ".join(f"p.{name}" for name in TOLD)})
       is distinct from ({", ".join(f"excluded.{name}" for name in TOLD)})
"""  # noqa: S608 - ours
HUNG: Final = {
    "tenant_id": "uuid", "device_id": "uuid", "vendor_id": "text", "product_id": "text",
    "instance": "text", "parent": "text",
}  # fmt: skip
HANG_PERIPHERALS: Final = f"""
    update rooms_peripheral p set parent_id = v.parent_id
    from (select v.*, h.id as parent_id from {unnested(HUNG)}
          left join rooms_peripheral h on h.tenant_id = v.tenant_id and h.device_id = v.device_id
            and h.instance = v.parent and h.kind = 'hub') v
    where p.tenant_id = v.tenant_id and p.device_id = v.device_id and p.vendor_id = v.vendor_id
      and p.product_id = v.product_id and p.instance = v.instance
      and p.parent_id is distinct from v.parent_id
"""  # noqa: S608 - ours
LISTED: Final = {name: kind for name, kind in HUNG.items() if name not in ("tenant_id", "parent")}
TAKE_AWAY: Final = f"""
    delete from rooms_peripheral p using unnest(%s::uuid[], %s::uuid[]) as d(tenant_id, id)
    where p.tenant_id = d.tenant_id and p.device_id = d.id and not exists (
        select from {unnested(LISTED)} where v.device_id = p.device_id
          and v.vendor_id = p.vendor_id and v.product_id = p.product_id
          and v.instance = p.instance)
"""  # noqa: S608 - ours
VERSION: Final = Sheet(
    "rooms_softwareversion",
    OWNED
    | {
        "component": "text", "installed": "text", "available": "text", "behind_by": "int",
        "observed_at": "timestamptz",
    },
    key=("tenant_id", "device_id", "component"),
)  # fmt: skip
COMPONENTS: Final = {"device_id": "uuid", "component": "text"}
DROP_VERSIONS: Final = f"""
    delete from rooms_softwareversion s using unnest(%s::uuid[], %s::uuid[]) as d(tenant_id, id)
    where s.tenant_id = d.tenant_id and s.device_id = d.id and not exists (
        select from {unnested(COMPONENTS)} where v.device_id = s.device_id
          and v.component = s.component)
"""  # noqa: S608 - ours
ADDRESS: Final = Sheet(
    "rooms_deviceaddress",
    OWNED
    | {
        "ipv4": "inet", "ipv4_second": "inet", "ipv6": "inet", "mac": "text",
        "observed_at": "timestamptz",
    },
    key=("tenant_id", "device_id"),
)  # fmt: skip

MEETING_APP: Final = "Meeting app"
AGENT: Final = "Agent"
BIOS: Final = "BIOS"
OS: Final = {Platform.WINDOWS: "Windows", Platform.ANDROID: "Android"}
# Names that devices use for what we list ourselves from elsewhere in the report.
ALREADY_LISTED: Final = frozenset(
    {"meeting app", "teams_rooms_app", "windows", "android", "agent", "bios"}
)
NOT_KNOWN: Final = Standing(None, None)


def keep_inventory(line: Line, told: Sequence[Told]) -> None:
    """Write what these reports say; one, the newest, of each device."""
    keep_peripherals(line, [one for one in told if one.report.peripherals])
    versions = [row for one in told for row in version_rows(one)]
    VERSION.put(line, versions)
    if told:
        owners = columns_of(one.known.key for one in told)
        line.run(DROP_VERSIONS, *owners, *columns_of((row[2], row[3]) for row in versions))
    ADDRESS.put(line, [address_row(one) for one in told if tells_address(one.report)])


def owned(told: Told) -> tuple[Any, ...]:
    """As OWNED."""
    return (told.known.tenant_id, told.known.room_id, told.known.device_id)


# -- What is plugged in ---------------------------------------------------------------------------


def keep_peripherals(line: Line, told: Sequence[Told]) -> None:
    """Peripherals by their identity, what hangs on what, and away with what is gone."""
    if not told:
        return
    rows: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    parents: dict[tuple[Any, ...], str | None] = {}
    for one in told:
        tenant, _, device = owned(one)
        hung = hanging(one.report.peripherals)
        for position, seen in enumerate(one.report.peripherals):
            key = (tenant, device, seen.vendor_id or "", seen.product_id or "", seen.instance)
            rows[key] = peripheral_row(one, seen, position)
            parents[key] = hung.get(seen.instance)
    line.run(PUT_PERIPHERALS, *columns_of(rows.values()))
    line.run(HANG_PERIPHERALS, *columns_of((*key, parent) for key, parent in parents.items()))
    owners = columns_of(one.known.key for one in told)
    line.run(TAKE_AWAY, *owners, *columns_of(key[1:] for key in rows))


def peripheral_row(told: Told, seen: PeripheralSeen, position: int) -> tuple[Any, ...]:
    """As PERIPHERAL."""
    link = LinkState.CONNECTED if seen.connected else LinkState.DISCONNECTED
    return (
        *owned(told), seen.kind, seen.name, seen.vendor_id or "", seen.product_id or "",
        seen.instance, seen.firmware, seen.port, position, link, told.taken.at,
    )  # fmt: skip


def hanging(peripherals: Sequence[PeripheralSeen]) -> dict[str, str]:
    """What hangs on which hub, by instance; never in a circle, whatever a device may say."""
    hubs = {seen.instance for seen in peripherals if seen.kind is PeripheralKind.HUB}
    hung: dict[str, str] = {}
    for seen in peripherals:
        if seen.parent in hubs and not _leads_to(hung, seen.parent, seen.instance):
            hung[seen.instance] = seen.parent
    return hung


def _leads_to(hung: dict[str, str], begin: str | None, end: str) -> bool:
    """Whether going up from one comes to the other."""
    while begin is not None and begin != end:
        begin = hung.get(begin)
    return begin == end


# -- What it runs ---------------------------------------------------------------------------------


def version_rows(told: Told) -> Iterator[tuple[Any, ...]]:
    """As VERSION: app, system, agent, BIOS, and what else the device lists, each once."""
    found: dict[str, tuple[Any, ...]] = {}
    for component, installed, available, standing in components(told.report, told.known.type):
        if installed:
            found[component[:40]] = (installed, available, standing.behind)
    for component, rest in found.items():
        yield (*owned(told), component, *rest, told.taken.at)


def components(report: Report, device: DeviceType) -> Iterator[tuple[str, str, str, Standing]]:
    """Component, installed, available, and how far it is behind."""
    said = {one.component.casefold(): one.available or "" for one in report.versions}
    for one in report.versions:
        if one.component.casefold() not in ALREADY_LISTED:
            yield one.component, one.installed, *_told(one.installed, one.available or "")
    app = app_standing(report.app.version)
    offered = said.get("meeting app") or said.get("teams_rooms_app", "")
    if app.behind is not None:
        yield MEETING_APP, report.app.version, APP_RELEASES[0], app
    else:
        yield MEETING_APP, report.app.version, *_told(report.app.version, offered)
    build = report.system.os_build
    if device != DeviceType.WINDOWS:
        yield OS[Platform.ANDROID], build, *_told(build, said.get("android", ""))
    elif (standing := windows_build(build)).behind is not None:
        yield OS[Platform.WINDOWS], build, NEWEST_WINDOWS, standing
    else:
        yield OS[Platform.WINDOWS], build, *_told(build, said.get("windows", ""))
    for component, installed in ((AGENT, report.agent.version), (BIOS, report.system.bios or "")):
        yield component, installed, *_told(installed, said.get(component.casefold(), ""))


def _told(installed: str, available: str) -> tuple[str, Standing]:
    """What the device itself says of a component. Two texts that differ have no known distance."""
    return available, Standing(0, True) if installed == available else NOT_KNOWN


def windows_build(installed: str) -> Standing:
    """Where a build of Windows stands; a text of any other shape is not known."""
    parts = installed.split(".")
    if len(parts) < 3 or not (parts[2].isascii() and parts[2].isdigit()):
        return NOT_KNOWN
    return windows_standing(installed)


# -- Where it stands ------------------------------------------------------------------------------


def tells_address(report: Report) -> bool:
    """Whether the report names an address at all."""
    return bool(report.network.addresses or report.network.mac)


def address_row(told: Told) -> tuple[Any, ...]:
    """As ADDRESS: two of IPv4, and one of IPv6, preferably one that is routed."""
    given = told.report.network.addresses
    fours = [str(one) for one in given if isinstance(one, IPv4Address)]
    sixes = sorted((one for one in given if one.version == 6), key=lambda one: one.is_link_local)
    first, second, *_ = [*fours, None, None]
    six = str(sixes[0]).partition("%")[0] if sixes else None
    mac = told.report.network.mac or ""
    return (*owned(told), first, second, six, mac, told.taken.at)


def newest_of(told: Iterable[Told]) -> list[Told]:
    """The newest report of each device; they come in their order."""
    return list({one.known.key: one for one in told}.values())
