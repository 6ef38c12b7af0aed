"""Addresses of diagnostic data."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from diagnostics.views import (
    activity,
    cases,
    clues,
    collections,
    files,
    keeping,
    logs,
    queries,
)

app_name = "diagnostics"
urlpatterns: list[URLPattern | URLResolver] = [
    path("t/<tenant:tenant>/collections/", collections.collections, name="collections"),
    path("t/<tenant:tenant>/collections/new/", collections.collection_new, name="collection_new"),
    path(
        "t/<tenant:tenant>/collections/<collection:collection>/",
        collections.collection,
        name="collection",
    ),
    path(
        "t/<tenant:tenant>/collections/<collection:collection>/withdraw/",
        collections.collection_withdraw,
        name="collection_withdraw",
    ),
    path(
        "t/<tenant:tenant>/incidents/<incident:incident>/cause/",
        clues.incident_clues,
        name="incident_clues",
    ),
    path("t/<tenant:tenant>/logs/", logs.logs, name="logs"),
    path("t/<tenant:tenant>/logs/<uuid:line>/", logs.log, name="log"),
    path("t/<tenant:tenant>/files/<file:file>/", files.file, name="file"),
    path(
        "t/<tenant:tenant>/files/<file:file>/download/", files.file_download, name="file_download"
    ),
    path("t/<tenant:tenant>/queries/", queries.queries, name="queries"),
    path("t/<tenant:tenant>/queries/<query:query>/", queries.query, name="query"),
    path("t/<tenant:tenant>/activity/", activity.activity, name="activity"),
    path("t/<tenant:tenant>/keeping/", keeping.keeping, name="keeping"),
    path("t/<tenant:tenant>/keeping/holds/<slug:hold>/", keeping.hold_act, name="hold_act"),
    path("t/<tenant:tenant>/cases/", cases.cases, name="cases"),
    path("t/<tenant:tenant>/cases/<case:case>/", cases.case, name="case"),
    path("t/<tenant:tenant>/cases/<case:case>/vote/", cases.case_vote, name="case_vote"),
    path(
        "t/<tenant:tenant>/cases/<case:case>/withdraw/", cases.case_withdraw, name="case_withdraw"
    ),
    path("t/<tenant:tenant>/cases/<case:case>/start/", cases.case_start, name="case_start"),
    path(
        "t/<tenant:tenant>/cases/<case:case>/certificate.json",
        cases.case_certificate,
        name="case_certificate",
    ),
]
