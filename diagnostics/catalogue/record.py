"""Holds, destructions and deletion cases: the record of keeping and destroying."""

from __future__ import annotations

from typing import Final

from access.catalogue.terms import DataClass, Item, Table
from access.scopes import Category, Scope
from diagnostics.catalogue.keeping import KEPT_RECORD

PART: Final = "whoever asks, decides or audits for the tenant"

TABLES: Final = (
    Table(
        "diagnostics.LegalHold",
        Category.AD_HOC,
        KEPT_RECORD,
        scope=Scope.HEALTH_VIEW,
        since="placed_at",
        items=(
            Item(
                "Legal holds",
                "What must not be destroyed, why, who placed, confirmed and released that.",
                DataClass.RECORD,
                "reference tenant_reference reach reach_id reach_reference reason grant_reference"
                " placed_by_id placed_by_person placed_by_label placed_at lapses_at"
                " confirmed_by_person confirmed_by_label confirmed_at release_reason"
                " release_asked_by_person release_asked_by_label release_asked_at"
                " released_by_person released_by_label released_at",
            ),
        ),
    ),
    Table(
        "diagnostics.Destruction",
        Category.AD_HOC,
        KEPT_RECORD,
        scope=Scope.HEALTH_VIEW,
        since="begun_at",
        items=(
            Item(
                "Destructions",
                "How much of what kind was destroyed, when and why, and hashes of its references.",
                DataClass.RECORD,
                "reference tenant_reference cause case_reference begun_at ended_at counts classes"
                " keys stored_files stored_bytes chain",
            ),
        ),
    ),
    Table(
        "diagnostics.Case",
        Category.RECORD,
        KEPT_RECORD,
        shown_to=PART,
        since="opened_at",
        items=(
            Item(
                "Deletion cases",
                "What the customer asked to have destroyed, who opened and started it, how far"
                " it is.",
                DataClass.RECORD,
                "reference tenant_reference kind reach reach_id reach_reference reason asked_by"
                " state state_at opened_by_id opened_by_person opened_by_label opened_at"
                " deadline_at started_by_id started_by_label started_grant started_at waits_for",
            ),
        ),
    ),
    Table(
        "diagnostics.CaseVote",
        Category.RECORD,
        KEPT_RECORD,
        shown_to=PART,
        since="voted_at",
        items=(
            Item(
                "Votes on deletion cases",
                "Who agreed for which group, and who refused and why.",
                DataClass.RECORD,
                "case voter_id voter_person voter_label for_group approves reason step_up_method"
                " voted_at",
            ),
        ),
    ),
    Table(
        "diagnostics.CaseStep",
        Category.RECORD,
        KEPT_RECORD,
        shown_to=PART,
        since="begun_at",
        items=(
            Item(
                "Steps of deletion cases",
                "What the worker did, with counts and ids of keys.",
                DataClass.RECORD,
                "case number name begun_at done_at detail",
            ),
        ),
    ),
    Table(
        "diagnostics.CaseCertificate",
        Category.RECORD,
        KEPT_RECORD,
        shown_to=PART,
        since="made_at",
        items=(
            Item(
                "Certificates",
                "The signed statement of what was destroyed.",
                DataClass.RECORD,
                "case document sha256 made_at",
            ),
        ),
    ),
)
