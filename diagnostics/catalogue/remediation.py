"""The remediation queue: what was ordered of devices, who agreed, and what it came to."""

from __future__ import annotations

from typing import Final

from access.catalogue.keeping import WHILE_SERVED
from access.catalogue.terms import DataClass, Item, Table
from access.purposes import Purpose
from access.scopes import Category, Scope
from diagnostics.catalogue.keeping import NOTICES, REMEDIATIONS, STOPS

_MEND: Final = (Purpose.MITIGATE, Purpose.CONNECTIVITY)
_VERSION: Final = (
    "reference tenant_reference version reason state state_at digest proposed_by_id"
    " proposed_by_person proposed_by_label grant_reference proposed_at ended_by_label"
)

TABLES: Final = (
    Table(
        "diagnostics.Remediation",
        Category.ACT,
        REMEDIATIONS,
        scope=Scope.HEALTH_VIEW,
        since="requested_at",
        items=(
            Item(
                "Remediations",
                "What a device was to do, when, why it stands where it stands, and what the device"
                " claims. Whoever ordered it sees this without a grant, approvers what is open.",
                DataClass.SYSTEM,
                "reference tenant_reference room_id room_reference device device_reference incident"
                " signal action kind parameters scope channel urgent wave ring place pilot was"
                " retry_of undoes zone window_begins_at window_ends_at state reason_code state_at"
                " mover told next_at attempt command_id operation operations_known sent_at"
                " accepted_at running_at answered_at observed_at outcome detail_code",
                purposes=_MEND,
            ),
            Item(
                "Who ordered a remediation",
                "Who of the service, under which grant, approval or policy, for which purpose and"
                " why; who moved it last.",
                DataClass.RECORD,
                "covered_by reason purpose requested_by_id requested_by_person requested_by_label"
                " requested_at grant_reference policy policy_version digest approved_digest"
                " approval_ends_at moved_by_label",
                purposes=_MEND,
            ),
        ),
    ),
    Table(
        "diagnostics.RemediationStep",
        Category.ACT,
        REMEDIATIONS,
        scope=Scope.HEALTH_VIEW,
        since="at",
        items=(
            Item(
                "Run logs of remediations",
                "Each move of a remediation, with its time, its reason and a sentence.",
                DataClass.SYSTEM,
                "item room_id at was state reason_code attempt mover moved_by_label sentence",
                purposes=_MEND,
            ),
        ),
    ),
    Table(
        "diagnostics.RemediationFinding",
        Category.ACT,
        REMEDIATIONS,
        scope=Scope.HEALTH_VIEW,
        items=(
            Item(
                "Findings of remediations",
                "Signals and versions of the device before and after, as its reports tell.",
                DataClass.SYSTEM,
                "item room_id attempt before before_at after after_at outcome sentence",
                purposes=_MEND,
            ),
        ),
    ),
    Table(
        "diagnostics.Wave",
        Category.ACT,
        REMEDIATIONS,
        scope=Scope.HEALTH_VIEW,
        since="requested_at",
        items=(
            Item(
                "Waves",
                "One action on many devices: which filters chose them, the plan, how far it is and"
                " why it stopped.",
                DataClass.SYSTEM,
                "reference tenant_reference title action parameters scope selection rings per_hour"
                " pilot critical not_before state state_at mover why planned_at devices left_out"
                " next_at",
                purposes=_MEND,
            ),
            Item(
                "Who ordered a wave",
                "Who of the service, under which grant and why, and how many agree to which plan.",
                DataClass.RECORD,
                "covered_by reason purpose grant_reference requested_by_id requested_by_person"
                " requested_by_label requested_at approval_ends_at digest votes_needed"
                " moved_by_label",
                purposes=_MEND,
            ),
        ),
    ),
    Table(
        "diagnostics.WaveRing",
        Category.ACT,
        REMEDIATIONS,
        shown_to="whoever sees its wave",
        since="begins_at",
        items=(
            Item(
                "Rings of waves",
                "How many devices a ring has, when it is to begin and be judged, and when it was.",
                DataClass.SYSTEM,
                "wave number name devices begins_at last_begins_at judged_from begun_at passed_at"
                " gate",
                purposes=_MEND,
            ),
        ),
    ),
    Table(
        "diagnostics.WaveExclusion",
        Category.ACT,
        REMEDIATIONS,
        shown_to="whoever sees its wave",
        items=(
            Item(
                "Devices that a wave leaves out",
                "Which devices a plan leaves out, and why.",
                DataClass.SYSTEM,
                "wave device_reference room_reference ring code reason remedy",
                purposes=_MEND,
            ),
        ),
    ),
    Table(
        "diagnostics.AutomationPolicy",
        Category.ACT,
        WHILE_SERVED,
        scope=Scope.HEALTH_VIEW,
        since="proposed_at",
        items=(
            Item(
                "What may run by itself",
                "Which action runs when which signal turns ill, in versions; who proposed each.",
                DataClass.ACCOUNT,
                f"{_VERSION} signal action parameters after_minutes most_per_day urgent",
                purposes=_MEND,
            ),
        ),
    ),
    Table(
        "diagnostics.RemediationSettings",
        Category.ACT,
        WHILE_SERVED,
        scope=Scope.HEALTH_VIEW,
        since="proposed_at",
        items=(
            Item(
                "Maintenance settings",
                "Maintenance windows, holidays, freezes and limits of the tenant, in versions; who"
                " proposed each.",
                DataClass.ACCOUNT,
                f"{_VERSION} document",
                purposes=_MEND,
            ),
        ),
    ),
    Table(
        "diagnostics.RemediationVote",
        Category.ACT,
        REMEDIATIONS,
        scope=Scope.HEALTH_VIEW,
        since="voted_at",
        items=(
            Item(
                "Votes on remediations",
                "Who agreed to exactly what, or refused it and why. Votes on a version of settings"
                " or of what may run by itself stay with the version.",
                DataClass.RECORD,
                "subject subject_id digest voter_id voter_person voter_label approves reason"
                " step_up_method voted_at",
                purposes=_MEND,
            ),
        ),
    ),
    Table(
        "diagnostics.RemediationNotice",
        Category.ACT,
        NOTICES,
        shown_to="nobody: the worker brings it to whom it is for, as codes and references",
        since="made_at",
        items=(
            Item(
                "Notices",
                "Whom of the service to tell of what: a code and references, and no customer data.",
                DataClass.RECORD,
                "staff_id code reference tenant_reference made_at carried_at",
                purposes=_MEND,
            ),
        ),
    ),
    Table(
        "diagnostics.EmergencyStop",
        Category.ACT,
        STOPS,
        shown_to="whoever is signed in",
        since="placed_at",
        items=(
            Item(
                "Stops of the queue",
                "What is held in a region, who placed that and why, and which two released it. It"
                " names a tenant by its reference at most.",
                DataClass.RECORD,
                "reference level stopped_tenant_id target reason placed_by_id placed_by_person"
                " placed_by_label placed_at release_reason release_asked_by_person"
                " release_asked_by_label release_asked_at released_by_person released_by_label"
                " released_at",
                purposes=_MEND,
            ),
        ),
    ),
)
