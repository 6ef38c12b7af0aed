"""What the customer of the demo's story has agreed on: windows that are open all day.

So that a wave can be watched while it runs; every other customer has the published nights.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from access import residency
from diagnostics.models import RemediationSettings, RuleState
from diagnostics.remediation.tenant_rules import plain, read_document
from diagnostics.rules.automation import digest_of
from portal.demo_people import PEOPLE
from rooms.fleet.plans import TENANTS, dice, reference

DOCUMENT: Final = {
    "maintenance": [{"weekdays": [0, 1, 2, 3, 4, 5, 6], "begin": "00:00", "end": "00:00"}]
}
REASON: Final = "For the demo: any time is a window, so that a wave runs while somebody watches."


def seed_rules(region: str, at: datetime) -> int:
    """The settings of the story's customer, where it is of this region; how many there are.

    A second call changes nothing. Written as the owner: in a running service two people agree.
    """
    plan = TENANTS[0]
    if plan.region != region:
        return 0
    asha = next(person for person in PEOPLE if person.key == "asha")
    document = plain(read_document(DOCUMENT))
    with residency.region(region):
        RemediationSettings.objects.get_or_create(
            tenant_id=plan.id,
            version=1,
            defaults={
                "reference": reference("RS", dice(f"settings/{plan.key}")),
                "tenant_reference": plan.reference,
                "document": document,
                "digest": digest_of("settings", plan.reference, document),
                "reason": REASON,
                "state": RuleState.IN_FORCE,
                "state_at": at,
                "proposed_by_id": asha.id,
                "proposed_by_person": asha.person_id,
                "proposed_by_label": asha.name,
                "grant_reference": "GR-00000000",
                "proposed_at": at,
            },
        )
        return RemediationSettings.objects.filter(tenant_id=plan.id).count()
