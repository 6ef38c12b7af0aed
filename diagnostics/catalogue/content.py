"""What was collected: files, log lines, system queries, activity, and who laid what open."""

from __future__ import annotations

from typing import Final

from access.catalogue.terms import DataClass, Item, Redaction, Table
from access.purposes import Purpose
from access.scopes import Category, Scope
from diagnostics.catalogue.keeping import CONTENT, ORDERS, PEOPLE

TABLES: Final = (
    Table(
        "diagnostics.CollectionFile",
        Category.AD_HOC,
        CONTENT,
        scope=Scope.DIAGNOSTICS_VIEW,
        since="made_at",
        items=(
            Item(
                "Files of a collection",
                "Which logs came, how many lines each has, what was cut out of it, and where the"
                " redacted file lies, encrypted.",
                DataClass.SYSTEM,
                "reference collection room device room_reference device_reference"
                " collection_reference path kind source"
                " bytes sha256 entries cuts masks first_at last_at kept_out_why stored_as"
                " stored_bytes made_at destroyed_at",
                Redaction.GUARD,
            ),
        ),
    ),
    Table(
        "diagnostics.LogEntry",
        Category.AD_HOC,
        CONTENT,
        scope=Scope.DIAGNOSTICS_VIEW,
        since="at",
        items=(
            Item(
                "Log lines: when and how grave",
                "Time, level, source and event number of a line, by which it is found.",
                DataClass.SYSTEM,
                "file_id room_id device_id number at level source provider event_id cuts masks",
            ),
            Item(
                "Log lines: text",
                "What the line says, redacted and encrypted.",
                DataClass.SYSTEM,
                "content",
                Redaction.DEVICE,
            ),
        ),
    ),
    Table(
        "diagnostics.LogWord",
        Category.AD_HOC,
        CONTENT,
        scope=Scope.DIAGNOSTICS_VIEW,
        items=(
            Item(
                "Words of log lines",
                "Keyed hashes of the words of a redacted line, so that it can be searched for.",
                DataClass.SYSTEM,
                "word at entry_id room_id file_id",
                Redaction.GUARD,
            ),
        ),
    ),
    Table(
        "diagnostics.LogHour",
        Category.AD_HOC,
        CONTENT,
        scope=Scope.DIAGNOSTICS_VIEW,
        since="hour",
        items=(
            Item(
                "Counts of log lines",
                "How many lines of which level an hour has.",
                DataClass.SYSTEM,
                "hour file_id room_id device_id level source lines",
            ),
        ),
    ),
    Table(
        "diagnostics.LogTotal",
        Category.AD_HOC,
        CONTENT,
        scope=Scope.DIAGNOSTICS_VIEW,
        since="hour",
        items=(
            Item(
                "Counts of all log lines",
                "How many lines of the tenant an hour has, by log and level.",
                DataClass.SYSTEM,
                "hour source level lines",
            ),
        ),
    ),
    Table(
        "diagnostics.LogMask",
        Category.AD_HOC,
        PEOPLE,
        scope=Scope.DIAGNOSTICS_VIEW,
        items=(
            Item(
                "Masked names",
                "Names, addresses and numbers of people that stood in a log line by accident."
                " Kept apart, encrypted; each look at one is an act of its own.",
                DataClass.EUII,
                "entry_id file_id room_id number kind content",
                Redaction.GUARD,
                purposes=(Purpose.MITIGATE,),
            ),
        ),
    ),
    Table(
        "diagnostics.Reveal",
        Category.AD_HOC,
        ORDERS,
        scope=Scope.DIAGNOSTICS_VIEW,
        since="at",
        items=(
            Item(
                "Names laid open",
                "Who looked at the masked names of a line, why, and until when.",
                DataClass.RECORD,
                "entry_id room by_id by_label reason grant_reference at ends_at",
                purposes=(Purpose.MITIGATE,),
            ),
        ),
    ),
    Table(
        "diagnostics.SystemQuery",
        Category.AD_HOC,
        CONTENT,
        scope=Scope.DIAGNOSTICS_VIEW,
        since="at",
        items=(
            Item(
                "Windows system queries",
                "What a device answered about USB, power, network, processes, updates or time,"
                " redacted and encrypted.",
                DataClass.SYSTEM,
                "reference file room device_id kind at cuts content",
                Redaction.GUARD,
            ),
        ),
    ),
    Table(
        "diagnostics.ActivityEntry",
        Category.AD_HOC,
        PEOPLE,
        scope=Scope.ACTIVITY_VIEW,
        since="at",
        items=(
            Item(
                "Activity of people",
                "What the signed-in user of a room did there, and who that was; encrypted with a"
                " key of its own.",
                DataClass.EUII,
                "file_id room room_reference device_id device_reference collection_reference at"
                " kind content",
                Redaction.DEVICE,
                purposes=(Purpose.MITIGATE,),
            ),
        ),
    ),
    Table(
        "diagnostics.Download",
        Category.AD_HOC,
        ORDERS,
        scope=Scope.DIAGNOSTICS_VIEW,
        since="made_at",
        items=(
            Item(
                "Downloads of files",
                "Who was let to download which redacted file once, why, and whether they did.",
                DataClass.RECORD,
                "token_digest file room by_id by_label reason grant_reference made_at ends_at"
                " used_at",
                purposes=(Purpose.MITIGATE,),
            ),
        ),
    ),
)
