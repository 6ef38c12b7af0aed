"""What a person has queued in all regions, what waits for their decision, and the stops in force.

Nothing here needs a grant: orders and states, and no word of what a device has said.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Exists, OuterRef

from diagnostics.models import EmergencyStop, Remediation, RemediationVote, Wave
from diagnostics.pages.remediation_looks import action_title, item_url, line_of, wave_url
from diagnostics.pages.stops import in_force, target_words
from diagnostics.remediation.states import OPEN, ItemState, WaveState

if TYPE_CHECKING:
    from uuid import UUID

    from access.http import HttpRequest
    from access.models import Staff

MOST: Final = 50  # of each kind, in each region


@dataclass
class Mine:
    """What one region has for this person."""

    queued: list[dict[str, Any]] = field(default_factory=list)
    ended: list[dict[str, Any]] = field(default_factory=list)
    deciding: list[dict[str, Any]] = field(default_factory=list)
    stops: list[dict[str, Any]] = field(default_factory=list)


def reader(request: HttpRequest) -> Callable[[str], Mine]:
    """What to read in each region."""
    person = request.user
    deciding = [tenant.pk for tenant in request.relations.decide]

    def read(region: str) -> Mine:
        mine = Mine(stops=[stop_line(stop, region) for stop in in_force()])
        for item in own_items(person):
            still_open = ItemState(item.state) in OPEN
            (mine.queued if still_open else mine.ended).append(line_of(item))
        if deciding:
            mine.deciding = [item_to_decide(item) for item in items_waiting(person, deciding)]
            mine.deciding += [wave_to_decide(wave) for wave in waves_waiting(person, deciding)]
        return mine

    return read


def own_items(person: Staff) -> list[Remediation]:
    """The newest that the person ordered."""
    rows = Remediation.objects.filter(requested_by_id=person.pk)
    return list(rows.order_by("-requested_at")[:MOST])


def items_waiting(person: Staff, deciding: list[UUID]) -> list[Remediation]:
    """Items that this person may decide on, and has not; the one whose window ends first on top."""
    rows = Remediation.objects.filter(tenant_id__in=deciding, state=ItemState.PROPOSED, wave=None)
    rows = rows.exclude(requested_by_person=person.person_id)
    return list(rows.exclude(_voted(person)).order_by("window_ends_at", "id")[:MOST])


def waves_waiting(person: Staff, deciding: list[UUID]) -> list[Wave]:
    """Planned waves that this person may vote on, and has not."""
    rows = Wave.objects.filter(tenant_id__in=deciding, state=WaveState.PLANNED)
    rows = rows.exclude(requested_by_person=person.person_id)
    return list(rows.exclude(_voted(person)).order_by("not_before", "id")[:MOST])


def _voted(person: Staff) -> Exists:
    votes = RemediationVote.objects.filter(
        tenant_id=OuterRef("tenant_id"),
        subject_id=OuterRef("pk"),
        digest=OuterRef("digest"),
        voter_person=person.person_id,
    )
    return Exists(votes)


def item_to_decide(item: Remediation) -> dict[str, Any]:
    """One line of what waits."""
    return line_of(item) | {
        "reference": item.reference,
        "decide_url": item_url(item, "decide"),
        "tenant": item.tenant_reference,
        "by": item.requested_by_label,
        "on": item.device_reference,
        "until": item.window_ends_at,
    }


def wave_to_decide(wave: Wave) -> dict[str, Any]:
    """The same of a wave."""
    return {
        "reference": wave.reference,
        "url": wave_url(wave.tenant_reference, wave.reference),
        "title": action_title(wave.action),
        "tenant": wave.tenant_reference,
        "by": wave.requested_by_label,
        "on": f"{wave.devices:,} devices",
        "until": wave.not_before,
    }


def stop_line(stop: EmergencyStop, region: str) -> dict[str, Any]:
    """A stop in words: what it holds, why, and who placed it."""
    return {"one": stop, "holds": target_words(stop.level, stop.target), "region": region}
