"""The ground floor's part of the catalogue: requests, grants, the record, and the directory."""

from __future__ import annotations

from typing import Final

from access.catalogue.keeping import THE_LOG, WHILE_SERVED, WITH_THE_RECORD
from access.catalogue.terms import DataClass, Item, Redaction, Table
from access.scopes import Category, Scope

_THEIRS: Final = "whoever asked, and who decides or audits for the tenant"
_SIGNED_IN: Final = "whoever is signed in: hashes and signatures only"
_WITH_ITS_EVENT: Final = "with its event, under audit.view"

TABLES: Final = (
    Table(
        "access.AccessRequest",
        Category.RECORD,
        WITH_THE_RECORD,
        shown_to=_THEIRS,
        since="created_at",
        items=(
            Item(
                "Requests for access",
                "Who asked to open what of the tenant, for which purpose, how long and why.",
                DataClass.RECORD,
                "reference tenant_reference requester_id requester_person_id requester_label"
                " scopes whole_tenant room_ids room_references purpose reason incident_reference"
                " duration not_before revision version state policy_version votes_needed"
                " created_at lapses_at decided_at",
            ),
        ),
    ),
    Table(
        "access.Vote",
        Category.RECORD,
        WITH_THE_RECORD,
        shown_to=f"with its request: {_THEIRS}",
        since="voted_at",
        items=(
            Item(
                "Votes on requests",
                "Who approved or denied which request, with which second factor, and why.",
                DataClass.RECORD,
                "request revision voter_id voter_person_id voter_label voter_groups decision"
                " scopes duration reason step_up_method voted_at superseded not_counted_because",
            ),
        ),
    ),
    Table(
        "access.RequestMessage",
        Category.RECORD,
        WITH_THE_RECORD,
        shown_to=f"with its request: {_THEIRS}",
        since="written_at",
        items=(
            Item(
                "Questions about requests",
                "What an approver asked and the requester answered before the decision.",
                DataClass.RECORD,
                "request author_id author_label text written_at",
            ),
        ),
    ),
    Table(
        "access.Grant",
        Category.RECORD,
        WITH_THE_RECORD,
        shown_to=_THEIRS,
        since="created_at",
        items=(
            Item(
                "Grants",
                "Who could open what of the tenant, from when until when, and how that ended.",
                DataClass.RECORD,
                "reference tenant_reference request_id request_reference holder_id"
                " holder_person_id holder_label scopes whole_tenant room_ids room_references"
                " purpose duration not_before claim_by starts_at ends_at state closed_at"
                " closed_by_id closed_by_label close_reason policy_version created_at",
            ),
        ),
    ),
    Table(
        "access.Lockout",
        Category.RECORD,
        WITH_THE_RECORD,
        shown_to="whoever is signed in: it is about everybody's access",
        since="pressed_at",
        items=(
            Item(
                "Emergency stops",
                "Which person or tenant was stopped, by whom and why, and who released it.",
                DataClass.RECORD,
                "kind target_id target_label reason pressed_by_id pressed_by_person_id"
                " pressed_by_label pressed_at release_asked_by_person_id release_asked_by_label"
                " release_asked_at released_by_person_id released_by_label released_at",
            ),
        ),
    ),
    Table(
        "access.SavedView",
        Category.RECORD,
        WITH_THE_RECORD,
        scope=Scope.AUDIT_VIEW,
        since="created_at",
        items=(
            Item(
                "Saved views of the record",
                "Filters that an auditor keeps under a name: theirs alone.",
                DataClass.RECORD,
                "owner_id name query created_at",
            ),
        ),
    ),
    Table(
        "access.AuditEvent",
        Category.RECORD,
        THE_LOG,
        scope=Scope.AUDIT_VIEW,
        since="recorded_at",
        items=(
            Item(
                "Record of access",
                "Every look at the tenant's data and every act on it: when, under which grant,"
                " on what. Ids and kinds, no content.",
                DataClass.RECORD,
                "recorded_at type outcome actor_id session tenant_reference scopes"
                " grant_references purpose subject_type subject_reference detail",
            ),
            Item(
                "Names in the record",
                "The name of who acted. It can be taken out, and the log still verifies.",
                DataClass.RECORD,
                "actor_label",
            ),
        ),
    ),
    Table(
        "access.AuditRepeat",
        Category.RECORD,
        THE_LOG,
        shown_to=_WITH_ITS_EVENT,
        items=(
            Item(
                "Repeated views",
                "That the same page was looked at again within five minutes.",
                DataClass.RECORD,
                "event_id seen_at",
            ),
        ),
    ),
    Table(
        "access.AuditDisclosure",
        Category.RECORD,
        THE_LOG,
        shown_to=_WITH_ITS_EVENT,
        items=(
            Item(
                "Salted names",
                "The name whose digest the log holds. Erased with the name.",
                DataClass.RECORD,
                "event_id name disclosure",
            ),
        ),
    ),
    Table(
        "access.RegionalLeaf",
        Category.RECORD,
        THE_LOG,
        shown_to=_WITH_ITS_EVENT,
        items=(
            Item(
                "Leaves of the log",
                "An event as it was sealed into the tree: with digests in the place of names.",
                DataClass.RECORD,
                "position event_id leaf_hash content",
            ),
        ),
    ),
    Table(
        "access.RegionalHead",
        Category.RECORD,
        THE_LOG,
        shown_to=_SIGNED_IN,
        items=(
            Item(
                "Head of the log",
                "How long the region's log is, its root, and when that was last checked.",
                DataClass.SYSTEM,
                "size root peaks updated_at checked_at check_problem",
            ),
        ),
    ),
    Table(
        "access.RegionalTile",
        Category.RECORD,
        THE_LOG,
        shown_to=_SIGNED_IN,
        items=(
            Item("Tree of the log", "Hashes of leaves.", DataClass.SYSTEM, "level number hashes"),
        ),
    ),
    Table(
        "access.RegionalCheckpoint",
        Category.RECORD,
        THE_LOG,
        shown_to=_SIGNED_IN,
        items=(
            Item(
                "Checkpoints",
                "Signed sizes and roots of the log, with the signatures of the witnesses.",
                DataClass.SYSTEM,
                "size root note cosignatures keys published_at",
            ),
        ),
    ),
    Table(
        "access.Tenant",
        Category.RECORD,
        WHILE_SERVED,
        shown_to="whoever has a part in the tenant's access",
        items=(
            Item(
                "Tenant directory",
                "In the control plane: a reference, the region that the tenant chose, and from"
                " which countries it lets staff work. No name.",
                DataClass.OII,
                "reference region state staff_countries",
                Redaction.NEVER_STORED,
            ),
        ),
    ),
)
