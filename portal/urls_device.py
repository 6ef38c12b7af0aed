"""The device surface's table of contents: the one address below which devices call."""

from django.urls import include, path

urlpatterns = [
    path("device/v1/", include("rooms.urls_device")),
    path("device/v1/", include("diagnostics.urls_device")),
]

handler400 = "rooms.views.device_api.document.bad_request"
handler404 = "rooms.views.device_api.document.not_found"
handler500 = "rooms.views.device_api.document.broken"
