"""What a case is about: which files and collections, and which tables hold anything of them."""

from __future__ import annotations

from typing import Any, Final

from django.apps import apps
from django.db import models

from access.residency import is_regional
from diagnostics.models import Case, CaseKind, CaseReach
from diagnostics.retention.files import File
from rooms.drain.line import Line

# Tables of content by file; what else there is of a tenant goes only with the tenant.
BY_FILE: Final = (
    "diagnostics_logentry",
    "diagnostics_logword",
    "diagnostics_loghour",
    "diagnostics_logmask",
    "diagnostics_systemquery",
    "diagnostics_activityentry",
)
TOTALS: Final = "diagnostics_logtotal"
FILES: Final = "diagnostics_collectionfile"
CHUNKS: Final = "diagnostics_uploadpart"
# That something was collected, and who looked at it: goes when the tenant leaves.
RECORDS: Final = (
    "diagnostics_collection",
    "diagnostics_collectionpart",
    "diagnostics_upload",
    "diagnostics_reveal",
    "diagnostics_download",
)
# What was ordered of devices, likewise; those first that others point at.
REMEDIATIONS: Final = (
    "diagnostics_automationpolicy",
    "diagnostics_remediationsettings",
    "diagnostics_wave",
    "diagnostics_wavering",
    "diagnostics_waveexclusion",
    "diagnostics_remediation",
    "diagnostics_remediationstep",
    "diagnostics_remediationfinding",
    "diagnostics_remediationvote",
    "diagnostics_remediationnotice",
)
KEYS: Final = ("diagnostics_contentkey", "diagnostics_activitykey")
# The record of keeping and destroying itself stays until its own time is over.
KEPT: Final = (
    "diagnostics_legalhold",
    "diagnostics_destruction",
    "diagnostics_case",
    "diagnostics_casevote",
    "diagnostics_casestep",
    "diagnostics_casecertificate",
    # It names a tenant by its reference at most, and holds back more than one.
    "diagnostics_emergencystop",
)
# Rows of rooms that belong to no tenant.
OF_NOBODY: Final = frozenset({"rooms_fleetcount", "rooms_devicerefusal", "rooms_devicenonce"})

# Everything below is put together of our own words; values are bound.
# ruff: noqa: S608
ORDERED: Final = """
    c.tenant_id = %s and c.ordered_at <= %s
    and (%s::uuid is null or c.room_id = %s or c.device_id = %s)
"""
SCOPE: Final = f"(select c.id from diagnostics_collection c where {ORDERED})"
SELECT_FILES: Final = f"""
    select f.id, f.reference, f.kind, f.stored_as, f.stored_bytes
    from diagnostics_collectionfile f
    where f.tenant_id = %s and f.collection_id in {SCOPE}
    order by f.made_at, f.id limit %s
"""
COUNT_BY_FILE: Final = f"""
    select count(*) from {{table}} t
    where t.tenant_id = %s and t.file_id in (
        select f.id from diagnostics_collectionfile f
        where f.tenant_id = %s and f.collection_id in {SCOPE})
"""
COUNT_FILES: Final = f"""
    select count(*), count(*) filter (where f.stored_as <> ''), coalesce(sum(f.stored_bytes), 0)
    from diagnostics_collectionfile f where f.tenant_id = %s and f.collection_id in {SCOPE}
"""
COUNT_CHUNKS: Final = f"""
    select count(*) from diagnostics_uploadpart p join diagnostics_upload u
        on u.tenant_id = p.tenant_id and u.id = p.upload_id
    where p.tenant_id = %s and u.collection_id in {SCOPE}
"""
# Hours that no file of the tenant explains.
COUNT_TOTALS: Final = """
    select count(*) from diagnostics_logtotal t where t.tenant_id = %s and {left}
"""
UNEXPLAINED: Final = """
    not exists (select from diagnostics_loghour h where h.tenant_id = t.tenant_id
                and h.hour = t.hour and h.source = t.source and h.level = t.level)
"""
COUNT_TENANT: Final = "select count(*) from {table} t where t.tenant_id = %s"


def scope_of(case: Case) -> list[Any]:
    """The values of SCOPE: what was ordered before the case began, in its reach."""
    return [case.tenant_id, case.started_at, case.reach_id, case.reach_id, case.reach_id]


def files_of(line: Line, case: Case, most: int) -> list[File]:
    """Files that the case destroys, oldest first."""
    return [File(*row) for row in line.rows(SELECT_FILES, case.tenant_id, *scope_of(case), most)]


def leaves(case: Case) -> bool:
    """Whether the whole tenant goes."""
    return bool(case.kind == CaseKind.DECOMMISSION)


def counts_of(line: Line, case: Case, *, before: bool) -> dict[str, int]:
    """How many rows each table has that the case destroys; zeros as well.

    Rows by file are found through the files, so afterwards those without a file are counted too.
    """
    whose, which = case.tenant_id, scope_of(case)
    found = {
        table: _one(line, COUNT_BY_FILE.format(table=table), whose, whose, *which)
        for table in BY_FILE
    }
    found[FILES] = _one(line, COUNT_FILES, whose, *which)
    found[CHUNKS] = _one(line, COUNT_CHUNKS, whose, *which)
    if case.reach == CaseReach.TENANT:
        left = "true" if before else UNEXPLAINED
        found[TOTALS] = _one(line, COUNT_TOTALS.format(left=left), whose)
        if not before:
            found |= {table: _orphaned(line, table, case) for table in BY_FILE}
    if leaves(case):
        found |= {
            one: _one(line, COUNT_TENANT.format(table=one), whose)
            for one in (*RECORDS, *REMEDIATIONS)
        }
        found |= {
            one: int(line.rows("select diagnostics.count_rooms(%s, %s)", whose, one)[0][0])
            for one in room_tables()
        }
    return found


def _orphaned(line: Line, table: str, case: Case) -> int:
    """Rows of a table of content that no file outside of the case explains."""
    return _one(
        line,
        f"select count(*) from {table} t where t.tenant_id = %s and not exists ("
        f" select from diagnostics_collectionfile f where f.tenant_id = t.tenant_id"
        f" and f.id = t.file_id and f.collection_id not in {SCOPE})",
        case.tenant_id,
        *scope_of(case),
    )


def _one(line: Line, statement: str, *values: Any) -> int:
    return int(line.rows(statement, *values)[0][0])


def room_tables() -> list[str]:
    """Every table of the rooms with rows of a tenant, those first that point at others."""
    found: list[type[models.Model]] = [
        model
        for model in apps.get_app_config("rooms").get_models()
        if is_regional(model) and model._meta.db_table not in OF_NOBODY
    ]
    ordered: list[type[models.Model]] = []
    while found:
        # One that none of the rest points at; the tables have no circles.
        free = [
            model
            for model in found
            if not any(model in _targets(other) for other in found if other is not model)
        ]
        ordered += free or found[:1]
        found = [model for model in found if model not in ordered]
    return [model._meta.db_table for model in ordered]


def _targets(model: type[models.Model]) -> set[Any]:
    return {field.related_model for field in model._meta.fields if field.is_relation}
