"""What a tenant has agreed on for its remediations: calendar, stricter limits, and the channel.

Kept as one document with versions (`RemediationSettings`); what it does not name stays as the code
has it, and no document can loosen anything.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Annotated, Any, Final, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StrictFloat,
    StrictInt,
    StringConstraints,
    ValidationError,
    model_validator,
)

from diagnostics.models.automation import RemediationSettings, RuleState
from diagnostics.remediation.catalogue import Channel
from diagnostics.remediation.guardrails.limits import DEFAULTS, Limits, UnfitLimits
from diagnostics.remediation.windows import NO_CALENDAR, Freeze, Interval, TenantCalendar, Weekly

MOST_WINDOWS: Final = 21  # three on each day of a week
MOST_HOLIDAYS: Final = 200
MOST_FREEZES: Final = 30


class UnfitDocument(ValueError):
    """A document that cannot be taken; `sentences` say what to do about each part of it."""

    def __init__(self, sentences: Iterable[str]) -> None:
        self.sentences = tuple(sentences)
        super().__init__(" ".join(self.sentences))


@dataclass(frozen=True)
class TenantRules:
    """What holds for a tenant. `graph` is its directory (tenant id) where the channel is Graph."""

    calendar: TenantCalendar = NO_CALENDAR
    limits: Limits = DEFAULTS
    channel: Channel = Channel.AGENT
    graph: uuid.UUID | None = None


NO_RULES: Final = TenantRules()
# A document in force that no longer fits, since a default was tightened after it was agreed on:
# unknown means no, so nothing runs until a new version is agreed on.
NOTHING_RUNS: Final = TenantRules(
    limits=Limits(device_per_day=0, room_per_hour=0, tenant_per_hour=0, region_per_hour=0)
)

Title = Annotated[
    str,
    StringConstraints(
        min_length=1, max_length=80, strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f@]+$"
    ),
]
LocalTime = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Weekday = Annotated[int, Field(ge=0, le=6, strict=True)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Window(_Part):
    weekdays: Annotated[tuple[Weekday, ...], Field(min_length=1, max_length=7)]
    begin: LocalTime
    end: LocalTime


class _Freeze(_Part):
    begin: AwareDatetime
    end: AwareDatetime
    title: Title

    @model_validator(mode="after")
    def _ends_later(self) -> Self:
        if self.end <= self.begin:
            raise ValueError("a freeze ends after it begins")
        return self


class _Graph(_Part):
    directory: uuid.UUID


class _Document(_Part):
    maintenance: Annotated[tuple[_Window, ...], Field(max_length=MOST_WINDOWS)] = ()
    holidays: Annotated[tuple[date, ...], Field(max_length=MOST_HOLIDAYS)] = ()
    freezes: Annotated[tuple[_Freeze, ...], Field(max_length=MOST_FREEZES)] = ()
    limits: dict[str, StrictInt | StrictFloat] = Field(default_factory=dict)
    channel: Channel = Channel.AGENT
    graph: _Graph | None = None


# One sentence a part, whatever is wrong in it.
TO_DO: Final[dict[str, str]] = {
    "maintenance": "Give each maintenance window its weekdays (0 is Monday, 6 is Sunday) and two"
    f" times of the room's clock such as 22:00, at most {MOST_WINDOWS} windows.",
    "holidays": f"Give holidays as days such as 2026-12-25, at most {MOST_HOLIDAYS}.",
    "freezes": "Give each freeze a beginning and a later end, both with their zone, and a short"
    f" title without names of people, at most {MOST_FREEZES} freezes.",
    "limits": "Give each limit a number.",
    "channel": "Choose the agent or Microsoft Graph as the channel.",
    "graph": "Give the customer's directory (tenant id) as a UUID.",
}
NEEDS_GRAPH: Final = "The channel Microsoft Graph takes the customer's directory (tenant id)."


def read_document(document: object) -> TenantRules:
    """The rules that a document says. Raises UnfitDocument with a sentence for each mistake."""
    try:
        told = _Document.model_validate(document)
    except ValidationError as error:
        raise UnfitDocument(_sentences(error)) from error
    try:
        limits = Limits.from_settings(told.limits)
    except UnfitLimits as error:
        raise UnfitDocument([str(error)]) from error
    if told.channel == Channel.GRAPH and told.graph is None:
        raise UnfitDocument([NEEDS_GRAPH])
    calendar = TenantCalendar(
        tuple(
            Weekly(
                frozenset(one.weekdays), time.fromisoformat(one.begin), time.fromisoformat(one.end)
            )
            for one in told.maintenance
        ),
        frozenset(told.holidays),
        tuple(Freeze(Interval.of(one.begin, one.end), one.title) for one in told.freezes),
    )
    return TenantRules(calendar, limits, told.channel, told.graph.directory if told.graph else None)


def _sentences(error: ValidationError) -> list[str]:
    """Each part once, in the order of the document."""
    parts = [
        str(fault["loc"][0]) if fault["loc"] else ""
        for fault in error.errors(include_url=False, include_input=False)
    ]
    return [
        TO_DO.get(part) or f"Leave out “{part[:40]}”: a document has no such part."
        if part
        else "Write the document as an object with named parts."
        for part in dict.fromkeys(parts)
    ]


def plain(rules: TenantRules) -> dict[str, Any]:
    """The document of these rules in one spelling; `read_document` gives them back."""
    document: dict[str, Any] = {}
    if windows := rules.calendar.maintenance:
        document["maintenance"] = [
            {
                "weekdays": sorted(one.weekdays),
                "begin": one.begin.isoformat("minutes"),
                "end": one.end.isoformat("minutes"),
            }
            for one in windows
        ]
    if rules.calendar.holidays:
        document["holidays"] = [day.isoformat() for day in sorted(rules.calendar.holidays)]
    if rules.calendar.freezes:
        document["freezes"] = [_freeze(one) for one in rules.calendar.freezes]
    if stricter := stricter_limits(rules.limits):
        document["limits"] = stricter
    if rules.channel != Channel.AGENT:
        document["channel"] = str(rules.channel)
    if rules.graph is not None:
        document["graph"] = {"directory": str(rules.graph)}
    return document


def _freeze(freeze: Freeze) -> dict[str, str]:
    begin, end = (moment.isoformat(timespec="minutes") for moment in freeze.interval)
    return {"begin": begin, "end": end, "title": freeze.title}


def stricter_limits(limits: Limits) -> dict[str, int | float]:
    """The limits that are not the code's own."""
    names = (name for name in Limits.__slots__ if getattr(limits, name) != getattr(DEFAULTS, name))
    return {name: getattr(limits, name) for name in names}


def rules_of(tenant_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, TenantRules]:
    """What holds for each of them, in the open region, by one statement; NO_RULES without any."""
    wanted = set(tenant_ids)
    rules = dict.fromkeys(wanted, NO_RULES)
    found = RemediationSettings.objects.filter(tenant_id__in=wanted, state=RuleState.IN_FORCE)
    for tenant_id, document in found.values_list("tenant_id", "document"):
        rules[tenant_id] = _read_kept(document)
    return rules


def _read_kept(document: Mapping[str, Any]) -> TenantRules:
    try:
        return read_document(document)
    except UnfitDocument:
        return NOTHING_RUNS
