"""Network adapters and the proxy."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, Field, IPvAnyAddress
from pydantic.dataclasses import dataclass

from diagnostics.bundles.queries.words import CLOSED, Mac, Text, Word


class AdapterKind(StrEnum):
    """What an adapter is connected by."""

    ETHERNET = "ethernet"
    WIFI = "wifi"
    OTHER = "other"


class ProxyMode(StrEnum):
    """How the proxy is set."""

    NONE = "none"
    MANUAL = "manual"
    SCRIPT = "script"


@dataclass(frozen=True, config=CLOSED)
class Wifi:
    """How well a wireless adapter hears its network. The network's name is not told."""

    signal_dbm: Annotated[float, Field(ge=-120, le=0)]
    channel: Annotated[int, Field(ge=0, le=300)]
    authentication: Word


@dataclass(frozen=True, config=CLOSED)
class Adapter:
    """One network adapter. Prefixes are written behind the address, as in 10.0.0.7/24."""

    name: Word
    kind: AdapterKind
    mac: Mac | None
    up: bool
    speed_mbps: Annotated[float, Field(ge=0, le=1_000_000)]
    dhcp: bool
    addresses: Annotated[tuple[IPvAnyAddress, ...], Field(max_length=16)]
    prefixes: Annotated[tuple[Annotated[int, Field(ge=0, le=128)], ...], Field(max_length=16)]
    gateways: Annotated[tuple[IPvAnyAddress, ...], Field(max_length=8)]
    dns: Annotated[tuple[IPvAnyAddress, ...], Field(max_length=8)]
    wifi: Wifi | None = None


@dataclass(frozen=True, config=CLOSED)
class Proxy:
    """The proxy of the system account. `address` is host and port, or the script's."""

    mode: ProxyMode
    address: Text


@dataclass(frozen=True, config=CLOSED)
class Network:
    """All adapters, and the proxy."""

    made_at: AwareDatetime
    adapters: Annotated[tuple[Adapter, ...], Field(max_length=32)]
    proxy: Proxy
