"""The tables of the rooms app, by the scope that opens them."""

from rooms.kinds import DeviceKind, PeripheralKind, Platform, RoomType
from rooms.models.devices import Device, Peripheral, SoftwareVersion
from rooms.models.enrolment import (
    DeviceCommand,
    DeviceIdentity,
    DeviceKey,
    EnrolmentChallenge,
    EnrolmentKey,
    TrustedEndorsement,
)
from rooms.models.fleet import FleetCount, TriageItem
from rooms.models.health import RoomDay, RoomEventHour, RoomHealth, SignalState
from rooms.models.identity import DeviceAddress, MeetingMode, RoomAccount, RoomPosition
from rooms.models.incidents import (
    HealthCount,
    Incident,
    IncidentEntry,
    IncidentMessage,
    SignalSetting,
    SignalThresholds,
    Suppression,
)
from rooms.models.places import Room, RoomToken, Site, TenantProfile
from rooms.models.reports import DeviceNonce, DeviceRefusal, DeviceReport, ReportInbox

__all__ = [
    "Device",
    "DeviceAddress",
    "DeviceCommand",
    "DeviceIdentity",
    "DeviceKey",
    "DeviceKind",
    "DeviceNonce",
    "DeviceRefusal",
    "DeviceReport",
    "EnrolmentChallenge",
    "EnrolmentKey",
    "FleetCount",
    "HealthCount",
    "Incident",
    "IncidentEntry",
    "IncidentMessage",
    "MeetingMode",
    "Peripheral",
    "PeripheralKind",
    "Platform",
    "ReportInbox",
    "Room",
    "RoomAccount",
    "RoomDay",
    "RoomEventHour",
    "RoomHealth",
    "RoomPosition",
    "RoomToken",
    "RoomType",
    "SignalSetting",
    "SignalState",
    "SignalThresholds",
    "Site",
    "SoftwareVersion",
    "Suppression",
    "TenantProfile",
    "TriageItem",
    "TrustedEndorsement",
]
