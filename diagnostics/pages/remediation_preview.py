"""The preview of an order: to whom it would happen, when, what stands against it, who agrees."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.urls import reverse

from access.verdict import Denied
from diagnostics.pages.remediation_new import Asked, grant_for
from diagnostics.pages.remediation_now import check_line
from diagnostics.remediation.catalogue import Action, canonical
from diagnostics.remediation.catalogue.parameters import Parameters
from diagnostics.rules.remediations import (
    Check,
    Moment,
    Target,
    When,
    checks_of,
    free_now,
    opening_of,
)

if TYPE_CHECKING:
    from access.gate import Access


def mark_of(asked: Asked, told: Parameters | None) -> str:
    """A name for what a preview was of: these devices, this action, these parameters."""
    if told is None or asked.action is None:
        return ""
    names = sorted(device.reference for device in asked.devices)
    text = "\n".join([*names, str(asked.action.code), canonical(told).decode()])
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Preview:
    """What would happen: to whom, when in their own time, and what stands in the way."""

    action: Action
    told: Parameters | None
    lines: list[dict[str, Any]]
    when: list[tuple[str, str]]
    not_now: str
    agreeing: list[tuple[str, str]]
    mark: str

    @property
    def stands_in_the_way(self) -> int:
        """How many devices cannot be worked on."""
        return sum(not line["ok"] for line in self.lines)


def preview_of(
    access: Access,
    asked: Asked,
    targets: Sequence[Target],
    moment: Moment,
    told: Parameters | None,
) -> Preview:
    """The preview that stands before every order."""
    action = asked.action
    if action is None:
        raise LookupError("A preview is of an action.")
    busy = [(target, free_now(target, action, moment)) for target in targets]
    not_now = [(one.now.reference, said) for one, said in busy if isinstance(said, Denied)]
    when = [choice for choice in WHEN if choice[0] != When.NOW or not not_now]
    return Preview(
        action=action,
        told=told,
        lines=[_line(access, target, action, told, moment) for target in targets],
        when=when,
        not_now=f"{not_now[0][0]}: {not_now[0][1].reason}" if not_now else "",
        agreeing=_agreeing(access, asked, action),
        mark=mark_of(asked, told),
    )


WHEN: Final[list[tuple[str, str]]] = [
    (When.NOW.value, "Now: the room is free. It is checked again at the moment of sending."),
    (When.WINDOW.value, "In the room's next window, under my grant as long as it lives."),
    (When.APPROVAL.value, "In the room's next window, once another person has approved it."),
]


def _agreeing(access: Access, asked: Asked, action: Action) -> list[tuple[str, str]]:
    """Who has agreed already, and who must."""
    grants = {grant_for(access, action.scope, room) for room in asked.rooms}
    names = ", ".join(sorted(grant.reference for grant in grants if grant))
    ends = min((grant.ends_at for grant in grants if grant), default=None)
    until = f", until {ends:%d %b %H:%M} UTC" if ends else ""
    return [
        ("Under your grant", f"Nobody else. {names} covers it{until}; after that it waits."),
        ("With an approval", "One approver of this tenant who is not you, with a fresh code."),
    ]


def _line(
    access: Access, target: Target, action: Action, told: Parameters | None, moment: Moment
) -> dict[str, Any]:
    """One device of the preview."""
    checks = checks_of(target, action, told, When.WINDOW, moment)
    free = Check("The room is free now", free_now(target, action, moment), waits=True)
    opening = opening_of(target, action, moment)
    limits, counts = moment.rules.limits, target.counts
    ran = len(
        [at for at in target.ran_at.get(action.code, ()) if moment.at - at < action.repeat.within]
    )
    days = action.repeat.within.days
    return {
        "device": target.now,
        "url": reverse(
            "rooms:device",
            args=[access.tenant.reference, target.now.room, target.now.reference],
        ),
        "checks": [check_line(check) for check in [*checks, free]],
        "ok": not any(check.stops for check in checks),
        "window": opening.interval,
        "why": opening.reason,
        "limits": [
            ("This action on the device", f"{ran} of {action.repeat.times} in {_days(days)}"),
            ("On the device", f"{counts.device_day} of {limits.device_per_day} in a day"),
            ("In the room", f"{counts.room_hour} of {limits.room_per_hour} in an hour"),
            ("In the tenant", f"{counts.tenant_hour} of {limits.tenant_per_hour} in an hour"),
        ],
    }


def _days(days: int) -> str:
    return "a day" if days == 1 else f"{days} days"
