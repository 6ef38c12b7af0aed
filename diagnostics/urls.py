"""Addresses of diagnostic data."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from diagnostics.views import (
    activity,
    automation,
    automation_decide,
    cases,
    clues,
    collections,
    files,
    keeping,
    logs,
    queries,
    remediation,
    remediation_decide,
    remediation_item,
    remediation_mine,
    remediation_new,
    stops,
    wave_new,
    waves,
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
    path("remediation/", remediation_mine.remediation_mine, name="remediation_mine"),
    path("remediation/actions/", remediation_mine.remediation_actions, name="remediation_actions"),
    path("t/<tenant:tenant>/remediation/", remediation.remediation, name="remediation"),
    path(
        "t/<tenant:tenant>/remediation/new/",
        remediation_new.remediation_new,
        name="remediation_new",
    ),
    path(
        "t/<tenant:tenant>/remediation/<remediation:remediation>/",
        remediation_item.remediation_item,
        name="remediation_item",
    ),
    path(
        "t/<tenant:tenant>/remediation/<remediation:remediation>/cancel/",
        remediation_item.remediation_cancel,
        name="remediation_cancel",
    ),
    path(
        "t/<tenant:tenant>/remediation/<remediation:remediation>/pause/",
        remediation_item.remediation_pause,
        name="remediation_pause",
    ),
    path(
        "t/<tenant:tenant>/remediation/<remediation:remediation>/resume/",
        remediation_item.remediation_resume,
        name="remediation_resume",
    ),
    path(
        "t/<tenant:tenant>/remediation/<remediation:remediation>/retry/",
        remediation_item.remediation_retry,
        name="remediation_retry",
    ),
    path(
        "t/<tenant:tenant>/remediation/<remediation:remediation>/decide/",
        remediation_decide.remediation_decide,
        name="remediation_decide",
    ),
    path(
        "t/<tenant:tenant>/devices/<device:device>/actions/",
        remediation.device_actions,
        name="device_actions",
    ),
    path("t/<tenant:tenant>/waves/", waves.waves, name="waves"),
    path("t/<tenant:tenant>/waves/new/", wave_new.wave_new, name="wave_new"),
    path("t/<tenant:tenant>/waves/<wave:wave>/", waves.wave, name="wave"),
    path("t/<tenant:tenant>/waves/<wave:wave>/plan/", waves.wave_plan, name="wave_plan"),
    path("t/<tenant:tenant>/waves/<wave:wave>/decide/", waves.wave_decide, name="wave_decide"),
    path("t/<tenant:tenant>/waves/<wave:wave>/<slug:act>/", waves.wave_act, name="wave_act"),
    path("remediation/stops/", stops.stops, name="remediation_stops"),
    path(
        "remediation/stops/<stop:stop>/release/",
        stops.stop_release,
        name="remediation_stop_release",
    ),
    path(
        "t/<tenant:tenant>/remediation/settings/", automation.settings, name="remediation_settings"
    ),
    path(
        "t/<tenant:tenant>/remediation/settings/<settings:settings>/decide/",
        automation_decide.settings_decide,
        name="remediation_settings_decide",
    ),
    path(
        "t/<tenant:tenant>/remediation/settings/<settings:settings>/withdraw/",
        automation_decide.settings_withdraw,
        name="remediation_settings_withdraw",
    ),
    path(
        "t/<tenant:tenant>/remediation/policies/", automation.policies, name="remediation_policies"
    ),
    path(
        "t/<tenant:tenant>/remediation/policies/<policy:policy>/decide/",
        automation_decide.policy_decide,
        name="remediation_policy_decide",
    ),
    path(
        "t/<tenant:tenant>/remediation/policies/<policy:policy>/withdraw/",
        automation_decide.policy_withdraw,
        name="remediation_policy_withdraw",
    ),
    path(
        "t/<tenant:tenant>/remediation/policies/<policy:policy>/end/",
        automation_decide.policy_end,
        name="remediation_policy_end",
    ),
]
