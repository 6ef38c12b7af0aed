"""Notices: what the queue has to tell a person, as a code and references, never as text.

`tell` writes them with the act that they tell of; `carry` brings them into the control plane under
the same id, so that each arrives there at least once and stands there once.
"""

from __future__ import annotations

import re
import uuid
from typing import Final, Protocol

from django.db import transaction
from django.db.models import Func

from access import residency
from access.actions.notices import bring_notices
from access.models import Notice, NoticeCode
from diagnostics.models import RemediationNotice

BATCH: Final = 500
# Where the page of each kind of reference stands.
PATHS: Final = {
    "RJ": "/t/{tenant}/remediation/{reference}/",
    "RW": "/t/{tenant}/waves/{reference}/",
    "RP": "/t/{tenant}/remediation/policies/",
    "RS": "/t/{tenant}/remediation/settings/",
    "ES": "/remediation/stops/",
}
SHAPE: Final = re.compile(r"[A-Z]{2,3}-[0-9A-Z]{4,12}")


class Named(Protocol):
    """A tenant as the directory has it."""

    @property
    def pk(self) -> uuid.UUID:
        """Its id."""

    @property
    def reference(self) -> str:
        """TN-…"""


def tell(
    tenant: Named | tuple[uuid.UUID, str],
    reference: str,
    code: str,
    *staff_ids: uuid.UUID | None,
) -> int:
    """Tell these people of something, in the transaction and region in hand; return how many.

    `tenant` is the directory's entry or (id, reference), `reference` the item's, wave's, policy's
    or settings' own (RJ-, RW-, RP-, RS-). Nobody is told twice in one call; None is nobody. Raises
    ValueError for what is no code of ours or no reference: there is no free text in a notice.
    """
    tenant_id, tenant_reference = (
        tenant if isinstance(tenant, tuple) else (tenant.pk, tenant.reference)
    )
    path_of(tenant_reference, reference)
    known = NoticeCode(code)
    people = list(dict.fromkeys(one for one in staff_ids if one is not None))
    RemediationNotice.objects.bulk_create(
        RemediationNotice(
            tenant_id=tenant_id,
            staff_id=person,
            code=known,
            reference=reference,
            tenant_reference=tenant_reference,
            made_at=Func(function="lock.now"),
        )
        for person in people
    )
    return len(people)


def carry(region: str, most: int = BATCH) -> int:
    """Bring a region's notices, oldest first, into the control plane; return how many were brought.

    They stand there before they are marked here: a worker that is killed between the two leaves
    them to the next one, whose second bringing changes nothing.
    """
    with residency.region(region), transaction.atomic(using=region):
        due = list(
            RemediationNotice.objects.select_for_update(skip_locked=True)
            .filter(carried_at__isnull=True)
            .order_by("made_at")[:most]
        )
        bring_notices(notices=[_carried(one) for one in due])
        RemediationNotice.objects.filter(
            carried_at__isnull=True, pk__in=[one.pk for one in due]
        ).update(carried_at=Func(function="lock.now"))
    return len(due)


def path_of(tenant_reference: str, reference: str) -> str:
    """Where to read on. ValueError for what is no reference of the queue."""
    shape = PATHS.get(reference.partition("-")[0])
    if shape is None or not (SHAPE.fullmatch(reference) and SHAPE.fullmatch(tenant_reference)):
        raise ValueError(f"A notice names a reference of the queue, not {reference!r}.")
    return shape.format(tenant=tenant_reference, reference=reference)


def _carried(one: RemediationNotice) -> Notice:
    return Notice(
        id=one.pk,
        staff_id=one.staff_id,
        code=one.code,
        reference=one.reference,
        tenant_reference=one.tenant_reference,
        path=path_of(one.tenant_reference, one.reference),
        made_at=one.made_at,
        mail_next_at=one.made_at,
    )
