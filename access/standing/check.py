"""One check of everything: the catalogues, the people, and the tries; kept and recorded."""

from __future__ import annotations

import time
import uuid
from typing import Final

from django.conf import settings
from django.db import transaction

from access import audit, clock
from access.models import Staff, StandingCheck
from access.residency import CONTROL, Region
from access.standing import attack, catalogues, people
from access.standing.findings import Finding, State

# Nobody: it cannot sign in and stands in no table. Its name is what the record shows.
MONITOR: Final = Staff(
    id=uuid.UUID("00000000-0000-4000-8000-00000000570d"),
    person_id=uuid.UUID("00000000-0000-4000-8000-00000000570d"),
    name="Standing access monitor",
    is_active=False,
)


def look() -> list[Finding]:
    """Ask and try everything, in the control plane and in each region that is served here."""
    found = [*catalogues.roles(CONTROL, people.CONTROL_PLANE), *people.flags()]
    for alias in (CONTROL, *settings.PORTAL_REGIONS):
        where = people.CONTROL_PLANE if alias == CONTROL else f"{Region(alias).label} region"
        grants = people.grants_of(alias, MONITOR)
        found += [
            *(catalogues.roles(alias, where) if alias != CONTROL else []),
            *catalogues.lock(alias, where),
            people.lengths(where, grants),
            *attack.tries(alias, where, MONITOR, grants, people.overseen(alias)),
        ]
    return found


def check() -> StandingCheck:
    """Make one check and keep it, with a record in the control plane's log."""
    begun = time.monotonic()
    found = look()
    bad = [finding for finding in found if finding.state is State.BAD]
    with transaction.atomic(using=CONTROL):
        made = StandingCheck(
            made_at=clock.now(),
            good=not bad,
            findings=[finding.as_json() for finding in found],
            took_ms=round((time.monotonic() - begun) * 1000),
        )
        made.save(force_insert=True)
        audit.record_control(
            "standing.checked",
            by=None,
            outcome="ok" if not bad else "alarm",
            detail={
                "check": str(made.pk),
                "findings": len(found),
                "bad": [f"{finding.where}: {finding.name}" for finding in bad],
            },
        )
    return made
