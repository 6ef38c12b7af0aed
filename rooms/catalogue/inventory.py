"""Tenants, places, devices and what identifies a room."""

from __future__ import annotations

from typing import Final

from access.catalogue.keeping import WHILE_SERVED
from access.catalogue.terms import DataClass, Item, Table
from access.purposes import Purpose
from access.scopes import Category, Scope
from rooms.catalogue.keeping import CONNECTED, ENROLLED

TABLES: Final = (
    Table(
        "rooms.TenantProfile",
        Category.ONGOING,
        WHILE_SERVED,
        scope=Scope.INVENTORY_VIEW,
        items=(
            Item(
                "Customer organisation",
                "What the customer is called, its reference, and when it left.",
                DataClass.OII,
                "reference name left_at",
            ),
            Item(
                "Contact of the customer",
                "Whom the service writes to, by name and e-mail.",
                DataClass.ACCOUNT,
                "contact_name contact_email",
                purposes=(Purpose.IDENTIFY, Purpose.MITIGATE),
            ),
            Item(
                "Settings of the customer",
                "How the service is set up for it.",
                DataClass.ACCOUNT,
                "settings",
            ),
        ),
    ),
    Table(
        "rooms.Site",
        Category.ONGOING,
        WHILE_SERVED,
        scope=Scope.INVENTORY_VIEW,
        items=(
            Item(
                "Sites",
                "Buildings with city, country and time zone.",
                DataClass.OII,
                "name building city country time_zone",
            ),
        ),
    ),
    Table(
        "rooms.Room",
        Category.ONGOING,
        WHILE_SERVED,
        scope=Scope.INVENTORY_VIEW,
        items=(
            Item(
                "Rooms",
                "What a meeting room is called and where it is.",
                DataClass.OII,
                "name name_sort site floor",
            ),
            Item(
                "What a room is for",
                "Reference, seats, type and update ring.",
                DataClass.SYSTEM,
                "reference capacity room_type ring",
            ),
        ),
    ),
    Table(
        "rooms.RoomToken",
        Category.ONGOING,
        WHILE_SERVED,
        scope=Scope.INVENTORY_VIEW,
        items=(
            Item(
                "Words that find a room",
                "The words of its name, site, city and reference, one by one.",
                DataClass.OII,
                "token room",
            ),
        ),
    ),
    Table(
        "rooms.Device",
        Category.ONGOING,
        ENROLLED,
        scope=Scope.INVENTORY_VIEW,
        since="enrolled_at",
        items=(
            Item(
                "Devices",
                "Make, model, system and state, and when it was last heard of.",
                DataClass.SYSTEM,
                "reference room kind platform manufacturer model os_name os_build state"
                " enrolled_at last_seen_at last_observed_at last_digest time_zone",
            ),
            Item(
                "Serial numbers of devices",
                "Names a thing that the customer owns.",
                DataClass.OII,
                "serial",
            ),
        ),
    ),
    Table(
        "rooms.Peripheral",
        Category.ONGOING,
        CONNECTED,
        scope=Scope.INVENTORY_VIEW,
        since="since",
        items=(
            Item(
                "Peripherals",
                "Cameras, microphones, displays and hubs: kind, firmware, where plugged in.",
                DataClass.SYSTEM,
                "room device parent kind name vendor_id product_id firmware port position link"
                " since",
            ),
            Item(
                "Serial numbers of peripherals",
                "Names a thing that the customer owns.",
                DataClass.OII,
                "instance",
            ),
        ),
    ),
    Table(
        "rooms.SoftwareVersion",
        Category.ONGOING,
        CONNECTED,
        scope=Scope.INVENTORY_VIEW,
        since="observed_at",
        items=(
            Item(
                "Software versions",
                "What is installed of each component, and what could be.",
                DataClass.SYSTEM,
                "room device component installed available behind_by observed_at",
            ),
        ),
    ),
    Table(
        "rooms.RoomAccount",
        Category.ONGOING,
        WHILE_SERVED,
        scope=Scope.ACCOUNT_VIEW,
        items=(
            Item(
                "Room accounts",
                "Sign-in name and display name of the room's own account, and which meetings it"
                " joins. An account of the room, not of a person.",
                DataClass.EUII,
                "room upn display_name mode",
                purposes=(Purpose.IDENTIFY, Purpose.MITIGATE, Purpose.CONNECTIVITY),
            ),
        ),
    ),
    Table(
        "rooms.DeviceAddress",
        Category.ONGOING,
        ENROLLED,
        scope=Scope.ACCOUNT_VIEW,
        since="observed_at",
        items=(
            Item(
                "Addresses of devices",
                "IP and MAC addresses on the customer's network.",
                DataClass.OII,
                "room device ipv4 ipv4_second ipv6 mac observed_at",
                purposes=(Purpose.IDENTIFY, Purpose.MITIGATE, Purpose.CONNECTIVITY),
            ),
        ),
    ),
    Table(
        "rooms.RoomPosition",
        Category.ONGOING,
        WHILE_SERVED,
        scope=Scope.ACCOUNT_VIEW,
        items=(
            Item(
                "Coordinates of rooms",
                "Latitude and longitude, from the device's own location.",
                DataClass.OII,
                "room latitude longitude",
                purposes=(Purpose.IDENTIFY, Purpose.INSIGHT),
            ),
        ),
    ),
)
