"""Staff as the people team sees them: a list with the dates that gates go by, and one person.

Read from the control plane, under a grant for people.manage.
"""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.db.models import QuerySet, prefetch_related_objects
from django.urls import reverse

from access import personnel, policy, relations
from access.listing import (
    Column,
    Listing,
    ListSpec,
    ListState,
    Order,
    counted,
    page_of,
    text_filter,
)
from access.models import RelationAct, Staff, Tenant, TenantRelation
from access.models.people import CertificateKind
from access.models.relation_acts import REVIEWED
from access.personnel import Personnel
from access.scopes import Relation
from access.verdict import Denied

if TYPE_CHECKING:
    from django.http import QueryDict

    from access.models import Certificate

LATEST: Final = 30
# Somebody may stand in relations to thousands of tenants; the page shows so many of them.
MOST: Final = 150


def of_name(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    """People whose name or address holds the text."""
    return rows.filter(name__icontains=text) | rows.filter(email__icontains=text)


SPEC: Final = ListSpec(
    name="people",
    things="people",
    thing="person",
    columns=(
        Column("name", "Person", sort="name"),
        Column("relations", "Stands in"),
        Column("training", "Training until"),
        Column("privacy", "Privacy until"),
        Column("screening", "Screened"),
        Column("contract", "Contract ends"),
        Column("fit", "Can work"),
    ),
    orders=(Order("name", "name", ("name", "id"), "A to Z", "Z to A"),),
    filters=(text_filter("q", "Name or address", of_name),),
)


@dataclass(frozen=True)
class PersonLine:
    """One person with relations counted and gates judged now."""

    staff: Staff
    training: Certificate | None
    privacy: Certificate | None
    unfit: Denied | None
    relations: str
    suspended: int

    @property
    def url(self) -> str:
        """The person's page."""
        return reverse("access:person", args=[self.staff.pk])


def read_people(query: QueryDict, now: datetime) -> tuple[Listing, list[PersonLine]]:
    """The page of the list that the URL asks for."""
    state = ListState.read(SPEC, query)
    rows = Staff.objects.all()
    for known in SPEC.filters:
        if known.key in state.filters:
            rows = known.narrow(rows, state.filters[known.key])
    listing = Listing(state, page_of(rows, state, "people"), counted(rows))
    prefetch_related_objects(listing.rows, "certificates")
    stands = _counts(staff.pk for staff in listing.rows)
    asleep = Counter(one.staff_id for one in relations.suspended())
    in_force = policy.current()
    return listing, [
        person_line(Personnel.of(staff), in_force, now, stands[staff.pk], asleep[staff.pk])
        for staff in listing.rows
    ]


def person_line(
    person: Personnel, in_force: policy.Policy, now: datetime, stands: Counter[str], asleep: int
) -> PersonLine:
    """One person's line."""
    verdict = personnel.is_fit(person, in_force, now)
    return PersonLine(
        staff=person.staff,
        training=person.latest(CertificateKind.TRAINING),
        privacy=person.latest(CertificateKind.PRIVACY),
        unfit=verdict if isinstance(verdict, Denied) else None,
        relations=", ".join(
            f"{relation.label} {stands[relation.value]}"
            for relation in Relation
            if stands[relation.value]
        ),
        suspended=asleep,
    )


def _counts(people: Any) -> dict[uuid.UUID, Counter[str]]:
    """How many relations of each kind each of the people has, in one statement."""
    found: dict[uuid.UUID, Counter[str]] = {pk: Counter() for pk in people}
    rows = TenantRelation.objects.filter(user_id__in=list(found)).values_list(
        "user_id", "permission__codename"
    )
    for pk, codename in rows:
        found[pk][codename] += 1
    return found


@dataclass(frozen=True)
class StandingLine:
    """One relation of a person: to which tenant, since when it is confirmed, and if it counts."""

    tenant: Tenant
    relation: Relation
    confirmed_at: datetime
    suspended: bool


def standing_of(staff: Staff) -> list[StandingLine]:
    """The person's relations, those that are suspended too."""
    live = TenantRelation.objects.filter(user_id=staff.pk).select_related(
        "permission", "content_object"
    )
    lines = [
        StandingLine(
            row.content_object, Relation(row.permission.codename), row.confirmed_at, suspended=False
        )
        for row in live
    ]
    asleep = relations.suspended(staff_id=staff.pk)
    tenants = Tenant.objects.in_bulk([one.tenant_id for one in asleep])
    lines += [
        StandingLine(tenants[one.tenant_id], one.relation, one.confirmed_at, suspended=True)
        for one in asleep
    ]
    return sorted(lines, key=lambda line: (line.tenant.reference, line.relation))


def acts_on(staff: Staff) -> list[dict[str, Any]]:
    """What was done to the person's relations, newest first, with whose and why."""
    acts = list(RelationAct.objects.filter(subject_id=staff.pk).order_by("-made_at")[:LATEST])
    tenants = Tenant.objects.in_bulk({act.tenant_id for act in acts})
    return [
        {
            "act": act,
            "what": f"review: {act.kind}" if act.kind in REVIEWED else act.get_kind_display(),
            "relation": Relation(act.relation).label,
            "tenant": tenants[act.tenant_id].reference,
        }
        for act in acts
    ]
