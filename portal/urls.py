"""The table of contents: which app answers which address."""

from django.urls import include, path

urlpatterns = [
    path("", include("portal.urls_own")),
    path("", include("access.urls")),
    path("", include("rooms.urls")),
    path("", include("diagnostics.urls")),
]

handler400 = "portal.views.bad_request"
handler403 = "portal.views.forbidden"
handler404 = "portal.views.not_found"
handler500 = "portal.views.broken"
