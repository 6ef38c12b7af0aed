"""Addresses of using and ending access, and of the record of it."""

from __future__ import annotations

from django.urls import URLPattern, path

from access.models.directory import CONTROL_REFERENCE
from access.views import (
    audit,
    board,
    drills,
    evidence,
    grants,
    ledger,
    my_access,
    review,
    standing,
    stops,
    strip,
)

RECORD = "t/<tenant:tenant>/audit/"
# The control plane's own pages: those of its reserved entry, which needs no name in the address.
OF_CONTROL = {"tenant": CONTROL_REFERENCE}

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
    path("audit/standing/", standing.standing, name="standing"),
    path("audit/drills/", drills.drills, name="drills"),
    path("audit/control/", audit.tenant_audit, OF_CONTROL, name="control_audit"),
    path(RECORD, audit.tenant_audit, name="tenant_audit"),
    path(f"{RECORD}views/", audit.saved_view_make, name="saved_view_make"),
    path(f"{RECORD}views/<uuid:pk>/remove/", audit.saved_view_remove, name="saved_view_remove"),
    path(f"{RECORD}events/<uuid:event>/proof/", evidence.event_proof, name="event_proof"),
    path(f"{RECORD}day/<day:day>/", evidence.audit_day, name="audit_day"),
    path(f"{RECORD}day/<day:day>/bundle/", evidence.audit_day_file, name="audit_day_file"),
    path(f"{RECORD}review/", review.review, name="review"),
    path(f"{RECORD}review/decide/", review.review_decide, name="review_decide"),
    path(f"{RECORD}ledger/", ledger.ledger, name="ledger"),
    path(f"{RECORD}ledger/bundle/", ledger.ledger_file, name="ledger_file"),
    path(
        "t/<tenant:tenant>/grants/<grant:grant>/evidence/",
        evidence.grant_evidence,
        name="grant_evidence",
    ),
    path(
        "t/<tenant:tenant>/grants/<grant:grant>/evidence/bundle/",
        evidence.grant_evidence_file,
        name="grant_evidence_file",
    ),
    path("strip/", strip.strip, name="strip"),
]
