"""What an auditor looks for in a tenant's record: who stands there unused, and odd patterns.

Counted from the record under a grant for audit.view; it judges nobody and changes nothing.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connections

from access import relations, rules
from access.actions.reviews import quarter_of
from access.lock import context
from access.models import RelationAct, Staff, Tenant
from access.models.relation_acts import REVIEWED
from access.relations import GRACE
from access.scopes import SCOPES, Relation
from access.verdict import Verdict

SPAN: Final = timedelta(days=30)
# A standing relation that was not used for this long is worth a question.
IDLE: Final = timedelta(days=90)
LOOK_BACK: Final = timedelta(days=365)
SHOWN: Final = 20

_OPENED = "e.type >= 'view.' and e.type < 'view/' and e.outcome = 'opened'"

_VOLUME = f"""
    select g, max(e.actor_label), count(*), count(distinct (e.subject_type, e.subject_reference)),
        min(e.recorded_at), max(e.recorded_at)
    from access_auditevent e, unnest(e.grant_references) g
    where {_OPENED} and e.recorded_at >= %(since)s
    group by g order by count(*) desc, g limit %(shown)s
"""  # noqa: S608 - ours
# Monday to Friday from 06:00 to 20:00 UTC: where a person sits, the record does not say.
_OFF_HOURS = f"""
    select max(e.actor_label), e.actor_id, count(*) filter (where not usual), count(*)
    from access_auditevent e,
        lateral (select extract(isodow from e.recorded_at at time zone 'UTC') < 6
            and extract(hour from e.recorded_at at time zone 'UTC') between 6 and 19) as t(usual)
    where {_OPENED} and e.recorded_at >= %(since)s
    group by e.actor_id having bool_or(not usual)
    order by 3 desc, 1 limit %(shown)s
"""  # noqa: S608 - ours
_PAIRS = """
    select max(r.actor_label), max(v.actor_label), count(distinct v.subject_reference),
        sum(count(distinct v.subject_reference)) over (partition by r.actor_id)
    from access_auditevent v
    join access_auditevent r on r.tenant_id = v.tenant_id
        and r.subject_reference = v.subject_reference and r.type = 'request.submitted'
    where v.type = 'vote.cast' and v.detail ->> 'decision' = 'approve'
        and v.recorded_at >= %(since)s
    group by r.actor_id, v.actor_id order by 3 desc, 1, 2 limit %(shown)s
"""
# The lock opens nothing after the end; a transaction that began before it may commit just after.
_AFTER_END = f"""
    with ends as (
        select s.subject_reference g, min((s.detail ->> 'ends_at')::timestamptz) at
        from access_auditevent s
        where s.type in ('grant.started', 'grant.returned', 'grant.revoked', 'grant.suspended')
            and s.detail ->> 'ends_at' is not null
        group by s.subject_reference)
    select count(*) from access_auditevent e
    where {_OPENED} and e.recorded_at >= %(since)s and cardinality(e.grant_references) > 0
        and not exists (select from ends where ends.g = any(e.grant_references)
            and e.recorded_at < ends.at + interval '1 second')
        and exists (select from ends where ends.g = any(e.grant_references))
"""  # noqa: S608 - ours
_SCOPES = """
    select s, count(distinct e.subject_reference) filter (where e.type = 'grant.started'),
        count(distinct g) filter (where e.type !~ '^(grant|request|vote)[.]'
            and e.outcome in ('opened', 'ok'))
    from access_auditevent e, unnest(e.scopes) s, unnest(e.grant_references) g
    where e.recorded_at >= %(since)s
    group by s order by s
"""
_LAST = f"""
    select e.actor_id,
        max(e.recorded_at) filter (where e.type = 'request.submitted'),
        max(e.recorded_at) filter (where e.type = 'vote.cast'),
        max(e.recorded_at) filter (where {_OPENED})
    from access_auditevent e where e.recorded_at >= %(back)s and e.actor_id is not null
    group by e.actor_id
"""  # noqa: S608 - ours


@dataclass(frozen=True)
class Standing:
    """One standing relation and when it was last of use."""

    relation: Relation
    name: str
    last_request: datetime | None
    last_vote: datetime | None
    last_view: datetime | None
    idle: bool
    subject: uuid.UUID
    judged: RelationAct | None
    may_judge: Verdict
    due: bool


@dataclass(frozen=True)
class Campaign:
    """The quarter's review of all standing relations of a tenant."""

    quarter: str
    due: datetime
    standing: list[Standing]
    suspended: list[dict[str, Any]]

    @property
    def open(self) -> int:
        """How many relations are suspended when the review is over, unless somebody keeps them."""
        return sum(one.due and one.judged is None for one in self.standing)

    @property
    def to_remove(self) -> list[Standing]:
        """Those that still stand though a reviewer said to remove them."""
        return [one for one in self.standing if one.judged and one.judged.kind == "remove"]


def _begin(now: datetime) -> datetime:
    """When the quarter began."""
    return now.replace(
        month=(now.month - 1) // 3 * 3 + 1, day=1, hour=0, minute=0, second=0, microsecond=0
    )


def _suspended(tenant: Tenant) -> list[dict[str, Any]]:
    """Relations that the last review did not keep: they count for nothing."""
    asleep = relations.suspended(tenant_id=tenant.pk)
    people = Staff.objects.filter(pk__in=[one.staff_id for one in asleep])
    names = dict(people.values_list("pk", "name"))
    return [{"name": names[one.staff_id], "one": one} for one in asleep]


def read_review(tenant: Tenant, reader: Staff, now: datetime) -> dict[str, Any]:
    """Each report as rows, over the last SPAN; relations over LOOK_BACK."""
    values: dict[str, datetime | int] = {
        "since": now - SPAN,
        "back": now - LOOK_BACK,
        "shown": SHOWN,
    }
    with connections[tenant.region].cursor() as cursor:

        def rows(statement: str) -> list[tuple[Any, ...]]:
            cursor.execute(statement, values)
            found: list[tuple[Any, ...]] = cursor.fetchall()
            return found

        last = {actor: moments for actor, *moments in rows(_LAST)}
        return {
            "volume": rows(_VOLUME),
            "off_hours": rows(_OFF_HOURS),
            "pairs": rows(_PAIRS),
            "after_end": rows(_AFTER_END)[0][0],
            "scopes": [_scope(*row) for row in rows(_SCOPES)],
            "standing": (standing := _standing(tenant, reader, last, now)),
            "campaign": Campaign(
                quarter_of(now.date()), _begin(now) + GRACE, standing, _suspended(tenant)
            ),
        }


def _scope(code: str, granted: int, used: int) -> dict[str, Any]:
    known = {scope.value: scope.label for scope in SCOPES}
    return {"label": known.get(code, code), "granted": granted, "used": used}


def _standing(
    tenant: Tenant, reader: Staff, last: dict[uuid.UUID, list[datetime | None]], now: datetime
) -> list[Standing]:
    """Who stands so to the tenant, those longest idle first within each relation."""
    found = []
    with relations.in_control(reader, context.current().session):
        reviews = list(
            RelationAct.objects.filter(
                tenant_id=tenant.pk, quarter=quarter_of(now.date()), kind__in=REVIEWED
            )
        )
    since = relations.confirmed(tenant)
    judged = {(one.relation, one.subject_id): one for one in reviews}
    for relation in Relation:
        lines = []
        for person in relations.people_who(relation, tenant):
            request, vote, view = last.get(person.pk, [None, None, None])
            of_use = vote if relation == Relation.MAY_DECIDE else max_of(request, view)
            idle = of_use is None or now - of_use > IDLE
            lines.append(
                Standing(
                    relation=relation,
                    name=person.name,
                    last_request=request,
                    last_vote=vote,
                    last_view=view,
                    idle=idle,
                    subject=person.pk,
                    judged=judged.get((relation.value, person.pk)),
                    may_judge=rules.may_review(reader, person, standing=True),
                    due=since[relation, person.pk] < _begin(now),
                )
            )
        found += sorted(lines, key=lambda line: not line.idle)
    return found


def max_of(*moments: datetime | None) -> datetime | None:
    """The latest of those that are known."""
    return max((moment for moment in moments if moment is not None), default=None)
