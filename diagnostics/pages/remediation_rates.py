"""What has helped here before: shares of success from the tenant's own history, and suggestions."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.urls import reverse

from access.residency import region_of
from diagnostics.models import Remediation
from diagnostics.pages.remediation_looks import parameter_words
from diagnostics.remediation.catalogue import ACTIONS, PUBLIC, ActionCode, mends, suggest
from diagnostics.remediation.catalogue.parameters import Nothing, plain
from diagnostics.remediation.queue.facts import devices_now
from diagnostics.remediation.states import ItemState
from rooms.drain.line import Line

if TYPE_CHECKING:
    from access.gate import Access
    from diagnostics.remediation.device import DeviceNow
    from rooms.models import Incident

# So many of each outcome are looked at: enough for a share, and the same work in any history.
LATEST: Final = 1000
MOST_FOR_ONE: Final = 10


@dataclass(frozen=True)
class Rate:
    """How often an action ended well, of so many that ended at all."""

    succeeded: int = 0
    ended: int = 0

    def __str__(self) -> str:
        """`worked 7 of 9 times here`; nothing is claimed of what was never tried."""
        if not self.ended:
            return "not tried here yet"
        times = "time" if self.ended == 1 else "times"
        return f"worked {self.succeeded:,} of {self.ended:,} {times} here"


@dataclass(frozen=True)
class Rates:
    """Shares of the tenant's newest items that ended, by action, and by signal and action."""

    counts: Counter[tuple[str, str, str]]

    def of(self, action: str, signal: str = "") -> Rate:
        """The share of an action; of one signal, when that is named."""
        well = failed = 0
        for (state, code, on), number in self.counts.items():
            if code != action or (signal and on != signal):
                continue
            if state == ItemState.SUCCEEDED:
                well += number
            else:
                failed += number
        return Rate(well, well + failed)


def read_rates(access: Access) -> Rates:
    """The shares in this tenant, as far as its health is open; one statement."""
    ended = [
        Remediation.objects.filter(tenant_id=access.tenant.pk, state=state)
        .order_by("-state_at")
        .values_list("state", "action", "signal")[:LATEST]
        for state in (ItemState.SUCCEEDED, ItemState.FAILED)
    ]
    return Rates(Counter(ended[0].union(ended[1], all=True)))


def suggestion_lines(access: Access, incident: Incident, device: DeviceNow) -> list[dict[str, Any]]:
    """What may mend the incident on this device, mildest first, each with a link to order it.

    Without a report only what needs no parameters from one can be named.
    """
    rates = read_rates(access)
    if device.report is not None:
        found = [
            (one.action, one.parameters, one.why)
            for one in suggest(incident.code, device.report, device.platform, PUBLIC)
        ]
    else:
        found = [
            (code, Nothing(), "It may mend this signal.")
            for code in mends(incident.code, device.platform)
            if ACTIONS[code].parameters is Nothing
        ]
    new = reverse("diagnostics:remediation_new", args=[access.tenant.reference])
    query = f"?device={device.reference}&incident={incident.reference}&action="
    return [
        {
            "action": ACTIONS[code],
            "why": why,
            "told": parameter_words(plain(told)),
            "rate": str(rates.of(code, incident.code)),
            "open": access.opens(ACTIONS[code].scope),
            "url": f"{new}{query}{code.value}",
        }
        for code, told, why in found
    ]


def suggested(incident: Incident | None, device: DeviceNow) -> dict[ActionCode, dict[str, Any]]:
    """The parameters that fit what the report shows, by action, for an incident's device."""
    if incident is None or device.report is None:
        return {}
    return {
        one.action: plain(one.parameters)
        for one in suggest(incident.code, device.report, device.platform, PUBLIC)
    }


def target_of(access: Access, incident: Incident) -> DeviceNow | None:
    """The incident's device as it is now; None for an incident that is of no device."""
    if incident.device_id is None:
        return None
    key = (access.tenant.pk, incident.device_id)
    return devices_now(Line(region_of(access.tenant)), [key]).get(key)


def items_for(access: Access, incident: Incident) -> list[Remediation]:
    """What was ordered for an incident, newest first."""
    rows = Remediation.objects.filter(tenant_id=access.tenant.pk, incident_id=incident.pk)
    return list(rows.order_by("-requested_at", "id")[:MOST_FOR_ONE])
