"""Addresses of incidents, suppressions, and the switches and limits of signals."""

from __future__ import annotations

from django.urls import URLPattern, path

from rooms.views import (
    incident,
    incident_acts,
    incidents,
    incidents_bulk,
    signals,
    suppressions,
    thresholds,
)

ALL = "t/<tenant:tenant>/incidents/"
ONE = f"{ALL}<incident:incident>/"
QUIET = "t/<tenant:tenant>/rooms/<room:room>/suppressions/"

urlpatterns: list[URLPattern] = [
    path(ALL, incidents.incidents, name="incidents"),
    path(f"{ALL}new/", incidents.incident_new, name="incident_new"),
    path(f"{ALL}selected/", incidents_bulk.incidents_bulk, name="incidents_bulk"),
    path(f"{ALL}selected/assign/", incidents_bulk.incidents_assign, name="incidents_assign"),
    path(f"{ALL}selected/suppress/", incidents_bulk.incidents_suppress, name="incidents_suppress"),
    path(ONE, incident.incident, name="incident"),
    path(f"{ONE}assign/", incident_acts.incident_assign, name="incident_assign"),
    path(f"{ONE}note/", incident_acts.incident_note, name="incident_note"),
    path(f"{ONE}message/", incident_acts.incident_message, name="incident_message"),
    path(f"{ONE}resolve/", incident_acts.incident_resolve, name="incident_resolve"),
    path(f"{ONE}false-alarm/", incident_acts.incident_false_alarm, name="incident_false_alarm"),
    path(f"{ONE}close/", incident_acts.incident_close, name="incident_close"),
    path(f"{ONE}suppress/", incident_acts.incident_suppress, name="incident_suppress"),
    path("t/<tenant:tenant>/signals/", signals.signals, name="signals"),
    path("t/<tenant:tenant>/signals/limits/", thresholds.thresholds, name="thresholds"),
    path(QUIET, suppressions.suppressions, name="suppressions"),
    path(f"{QUIET}end/", suppressions.suppression_end, name="suppression_end"),
]
