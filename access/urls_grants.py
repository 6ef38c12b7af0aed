"""Addresses of using and ending access, and of the record of it."""

from __future__ import annotations

from django.urls import URLPattern, path

from access.views import audit, board, grants, my_access, stops, strip

urlpatterns: list[URLPattern] = [
    path("access/", my_access.my_access, name="my_access"),
    path("t/<tenant:tenant>/grants/<grant:reference>/", grants.grant, name="grant"),
    path(
        "t/<tenant:tenant>/grants/<grant:reference>/start/", grants.grant_start, name="grant_start"
    ),
    path(
        "t/<tenant:tenant>/grants/<grant:reference>/end/", grants.grant_return, name="grant_return"
    ),
    path(
        "t/<tenant:tenant>/grants/<grant:reference>/revoke/",
        grants.grant_revoke,
        name="grant_revoke",
    ),
    path("grants/", board.grants, name="grants"),
    path("stop/", stops.stop, name="stop"),
    path("stop/<uuid:stop>/release/", stops.stop_release, name="stop_release"),
    path("audit/", audit.audit, name="audit"),
    path("t/<tenant:tenant>/audit/", audit.tenant_audit, name="tenant_audit"),
    path("strip/", strip.strip, name="strip"),
]
