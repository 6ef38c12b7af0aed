"""Incidents, what is written about them, and what keeps alerts quiet."""

from __future__ import annotations

from typing import Final

from access.catalogue.keeping import WHILE_SERVED
from access.catalogue.terms import DataClass, Item, Redaction, Table
from access.purposes import Purpose
from access.scopes import Category, Scope
from rooms.catalogue.keeping import INCIDENTS, SUPPRESSIONS, TRIAGE

TABLES: Final = (
    Table(
        "rooms.Incident",
        Category.ONGOING,
        INCIDENTS,
        scope=Scope.HEALTH_VIEW,
        since="opened_at",
        items=(
            Item(
                "Incidents",
                "What was wrong with which room, how grave, from when until when, and its cause.",
                DataClass.SYSTEM,
                "reference room device code instance category severity severity_rank sentence"
                " state assignment high_impact opened_at activated_at activations resolved_at"
                " closed_at cause updated_at",
            ),
            Item(
                "Who works on an incident",
                "Whom of the service it is assigned to, who recorded it, and why it is urgent.",
                DataClass.RECORD,
                "assignee_id assignee_label high_impact_reason recorded_by_label",
            ),
        ),
    ),
    Table(
        "rooms.IncidentEntry",
        Category.ONGOING,
        INCIDENTS,
        scope=Scope.HEALTH_VIEW,
        since="at",
        items=(
            Item(
                "Timeline of incidents",
                "What happened to an incident and when, with notes of those who work on it.",
                DataClass.RECORD,
                "incident room at kind by_id by_label text",
            ),
        ),
    ),
    Table(
        "rooms.IncidentMessage",
        Category.ONGOING,
        INCIDENTS,
        scope=Scope.INCIDENT_WORK,
        since="at",
        items=(
            Item(
                "Messages with the customer",
                "What was written between the service and the customer about an incident.",
                DataClass.CONTENT,
                "incident room at from_customer by_id text",
                purposes=(Purpose.MITIGATE,),
            ),
            Item(
                "Who wrote a message",
                "The name beside a message, of the customer or of the service.",
                DataClass.EUII,
                "by_label",
                purposes=(Purpose.MITIGATE,),
            ),
        ),
    ),
    Table(
        "rooms.Suppression",
        Category.ONGOING,
        SUPPRESSIONS,
        scope=Scope.HEALTH_VIEW,
        since="begins_at",
        items=(
            Item(
                "Suppressions",
                "Which alerts were kept quiet, by whom, why and until when.",
                DataClass.RECORD,
                "reference room code reason by_id by_label begins_at ends_at ended_at"
                " ended_by_label",
            ),
        ),
    ),
    Table(
        "rooms.SignalSetting",
        Category.ONGOING,
        WHILE_SERVED,
        scope=Scope.HEALTH_VIEW,
        since="changed_at",
        items=(
            Item(
                "Switches of signals",
                "Which signals are off for the tenant, who switched them, and why.",
                DataClass.RECORD,
                "code enabled reason by_id by_label changed_at",
            ),
        ),
    ),
    Table(
        "rooms.SignalThresholds",
        Category.ONGOING,
        WHILE_SERVED,
        scope=Scope.HEALTH_VIEW,
        since="changed_at",
        items=(
            Item(
                "Limits of signals",
                "Limits of the tenant that differ from the stated ones, and who set them.",
                DataClass.RECORD,
                "limits by_id by_label changed_at",
            ),
        ),
    ),
    Table(
        "rooms.TriageItem",
        Category.ONGOING,
        TRIAGE,
        shown_to="whoever may ask for the tenant: references, signals and ages",
        since="opened_at",
        items=(
            Item(
                "Triage list",
                "That an incident is open, of which signal and severity, and for how long."
                " References instead of names.",
                DataClass.SYSTEM,
                "reference tenant_reference signal severity severity_rank opened_at",
                Redaction.NEVER_STORED,
            ),
        ),
    ),
)
