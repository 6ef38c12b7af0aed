"""The tables of the rooms app, by the scope that opens them."""

from rooms.kinds import DeviceKind, PeripheralKind, Platform
from rooms.models.devices import Device, Peripheral, SoftwareVersion
from rooms.models.fleet import FleetCount, TriageItem
from rooms.models.health import RoomDay, RoomEventHour, RoomHealth, SignalState
from rooms.models.identity import DeviceAddress, MeetingMode, RoomAccount, RoomPosition
from rooms.models.places import Room, RoomToken, RoomType, Site, TenantProfile

__all__ = [
    "Device",
    "DeviceAddress",
    "DeviceKind",
    "FleetCount",
    "MeetingMode",
    "Peripheral",
    "PeripheralKind",
    "Platform",
    "Room",
    "RoomAccount",
    "RoomDay",
    "RoomEventHour",
    "RoomHealth",
    "RoomPosition",
    "RoomToken",
    "RoomType",
    "SignalState",
    "Site",
    "SoftwareVersion",
    "TenantProfile",
    "TriageItem",
]
