"""Addresses of rooms."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from rooms.views import (
    device,
    devices,
    enrolment,
    fleet,
    room,
    rooms,
    tenant_health,
    tenants,
    triage,
)

app_name = "rooms"
urlpatterns: list[URLPattern | URLResolver] = [
    path("health/", fleet.health, name="health"),
    path("triage/", triage.triage, name="triage"),
    path("tenants/", tenants.tenants, name="tenants"),
    path("t/<tenant:tenant>/", tenants.tenant, name="tenant"),
    path("t/<tenant:tenant>/health/", tenant_health.tenant_health, name="tenant_health"),
    path("t/<tenant:tenant>/devices/", devices.devices, name="devices"),
    path("t/<tenant:tenant>/devices/keys/", enrolment.enrolment_keys, name="enrolment_keys"),
    path(
        "t/<tenant:tenant>/devices/keys/<str:reference>/withdraw/",
        enrolment.enrolment_key_withdraw,
        name="enrolment_key_withdraw",
    ),
    path("t/<tenant:tenant>/devices/endorsements/", enrolment.endorsements, name="endorsements"),
    path(
        "t/<tenant:tenant>/devices/endorsements/<uuid:pk>/remove/",
        enrolment.endorsement_remove,
        name="endorsement_remove",
    ),
    path(
        "t/<tenant:tenant>/devices/<device:device>/enrol/",
        devices.device_enrol,
        name="device_enrol",
    ),
    path(
        "t/<tenant:tenant>/devices/<device:device>/unenrol/",
        devices.device_unenrol,
        name="device_unenrol",
    ),
    path(
        "t/<tenant:tenant>/devices/<device:device>/readmit/",
        devices.device_readmit,
        name="device_readmit",
    ),
    path("", include("rooms.urls_incidents")),
    path("t/<tenant:tenant>/rooms/", rooms.rooms, name="rooms"),
    path("t/<tenant:tenant>/rooms/<room:room>/", room.room, name="room"),
    path(
        "t/<tenant:tenant>/rooms/<room:room>/devices/<device:device>/",
        device.device,
        name="device",
    ),
]
