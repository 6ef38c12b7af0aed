"""Placing, confirming and releasing a legal hold: each takes two people under data.erase.

The same scope as for destroying: whoever may have data destroyed is whom the customer's lawyers
turn to, a second one must agree, and looking at data should not decide how long it stays.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from access import audit, clock
from access.lock import context
from access.models import Tenant
from access.references import new_reference
from access.scopes import Scope
from access.verdict import Denied, Refused
from diagnostics.models import HoldReach, LegalHold
from diagnostics.rules.holds import may_answer_release, may_ask_release, may_confirm_hold
from rooms.actions.incident_row import Hand

ERASE = Scope.DATA_ERASE.value


@dataclass(frozen=True)
class Reached:
    """What a hold keeps: the tenant, or a room or collection with its key and reference."""

    reach: HoldReach
    key: uuid.UUID | None
    reference: str


def place_hold(*, hand: Hand, tenant: Tenant, reached: Reached, reason: str) -> LegalHold:
    """Keep this from being destroyed, from now on; it lapses unless somebody else confirms it."""
    at = clock.now(context.current().region)
    hold = LegalHold.objects.create(
        tenant_id=tenant.pk,
        reference=new_reference("LH"),
        tenant_reference=tenant.reference,
        reach=reached.reach,
        reach_id=reached.key,
        reach_reference=reached.reference,
        reason=reason,
        grant_reference=hand.grant,
        placed_by_id=hand.by.pk,
        placed_by_person=hand.by.person_id,
        placed_by_label=hand.by.name,
        placed_at=at,
        lapses_at=at,  # the database says when
    )
    _record("hold.placed", hold, hand, reach=str(hold.reach))
    return hold


def confirm_hold(*, hand: Hand, reference: str) -> LegalHold:
    """Agree that it is to be kept."""
    hold = _locked(reference)
    at = clock.now(context.current().region)
    may_confirm_hold(hold, hand.by.person_id, at).enforce()
    hold.confirmed_at, hold.confirmed_by_person = at, hand.by.person_id
    hold.confirmed_by_label = hand.by.name
    hold.save(update_fields=["confirmed_at", "confirmed_by_person", "confirmed_by_label"])
    _record("hold.confirmed", hold, hand)
    return hold


def ask_release(*, hand: Hand, reference: str, reason: str) -> LegalHold:
    """Ask that it is not kept any more."""
    hold = _locked(reference)
    may_ask_release(hold).enforce()
    hold.release_asked_at = clock.now(context.current().region)
    hold.release_asked_by_person = hand.by.person_id
    hold.release_asked_by_label, hold.release_reason = hand.by.name, reason
    hold.save(update_fields=RELEASE_FIELDS)
    _record("hold.release_asked", hold, hand)
    return hold


def release_hold(*, hand: Hand, reference: str) -> LegalHold:
    """Agree to the release: what is due goes with the next run."""
    hold = _locked(reference)
    may_answer_release(hold, hand.by.person_id).enforce()
    hold.released_at = clock.now(context.current().region)
    hold.released_by_person, hold.released_by_label = hand.by.person_id, hand.by.name
    hold.save(update_fields=["released_at", "released_by_person", "released_by_label"])
    _record("hold.released", hold, hand)
    return hold


def refuse_release(*, hand: Hand, reference: str) -> LegalHold:
    """Keep it after all; somebody may ask again."""
    hold = _locked(reference)
    may_answer_release(hold, hand.by.person_id).enforce()
    hold.release_asked_at = hold.release_asked_by_person = None
    hold.release_asked_by_label = hold.release_reason = ""
    hold.save(update_fields=RELEASE_FIELDS)
    _record("hold.release_refused", hold, hand)
    return hold


RELEASE_FIELDS = [
    "release_asked_at", "release_asked_by_person", "release_asked_by_label", "release_reason",
]  # fmt: skip


def _locked(reference: str) -> LegalHold:
    hold = LegalHold.objects.select_for_update().filter(reference=reference).first()
    if hold is None:
        raise Refused(Denied("No such hold is open to you.", "", "unknown"))
    return hold


def _record(kind: str, hold: LegalHold, hand: Hand, **detail: str) -> None:
    audit.record(
        kind,
        subject=("tenant", hold.tenant_reference),
        scopes=[ERASE],
        grants=[hand.grant],
        purpose=hand.purpose,
        detail={"hold": hold.reference, "of": hold.reach_reference, **detail},
    )
