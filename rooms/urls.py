"""Addresses of rooms."""

from __future__ import annotations

from django.urls import URLPattern, path

from rooms.views import device, fleet, room, rooms, tenants, triage

app_name = "rooms"
urlpatterns: list[URLPattern] = [
    path("health/", fleet.health, name="health"),
    path("triage/", triage.triage, name="triage"),
    path("tenants/", tenants.tenants, name="tenants"),
    path("t/<tenant:tenant>/", tenants.tenant, name="tenant"),
    path("t/<tenant:tenant>/rooms/", rooms.rooms, name="rooms"),
    path("t/<tenant:tenant>/rooms/<room:room>/", room.room, name="room"),
    path(
        "t/<tenant:tenant>/rooms/<room:room>/devices/<device:device>/",
        device.device,
        name="device",
    ),
]
