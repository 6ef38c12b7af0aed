"""What may be asked: relation, personnel gates, purpose, time, and somebody to decide it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import permutations

from access.models import Staff, Tenant
from access.personnel import Personnel, is_fit, may_reach
from access.policy import Policy
from access.purposes import Purpose, justifies, purposes_for
from access.relations import Relations
from access.scopes import SCOPES, Scope, is_offered
from access.verdict import Allowed, Denied, Verdict, first_denial
from access.words import duration_text


def says_something(text: str) -> bool:
    """Whether a text has letters or digits in it: blanks and invisible characters are no reason."""
    return sum(unicodedata.category(ch)[0] in "LN" for ch in text) >= 3


def may_ask_for(relations: Relations, tenant: Tenant, scopes: Iterable[Scope]) -> Verdict:
    """Whether the person's standing relation covers asking for these scopes."""
    for scope in scopes:
        relation = SCOPES[scope].asked_by
        offered = is_offered(scope, control=tenant.is_control)
        if not offered or not relations.has(relation, tenant.pk):
            # The same answer for a scope that does not exist and for one that is not offered.
            return Denied(
                "That access is not offered to you.", "Choose from the list.", "not_offered"
            )
    return Allowed()


def may_submit(
    *,
    person: Personnel,
    relations: Relations,
    policy: Policy,
    tenant: Tenant,
    scopes: Sequence[Scope],
    purpose: Purpose,
    duration: timedelta,
    deciders: Sequence[Staff],
    at: datetime,
) -> Verdict:
    """Whether this request may be made at all. The first reason against it is given."""
    if not scopes:
        return Denied("Choose at least one kind of access.", "", "no_scope")
    return first_denial(
        may_ask_for(relations, tenant, scopes),
        is_fit(person, policy, at),
        may_reach(person, policy, tenant, scopes),
        is_justified(purpose, scopes),
        is_short_enough(policy, scopes, duration),
        can_be_decided(person.staff, policy, scopes, deciders),
    )


def may_still_hold(
    *,
    person: Personnel,
    relations: Relations,
    policy: Policy,
    tenant: Tenant,
    scopes: Sequence[Scope],
    at: datetime,
) -> Verdict:
    """Whether the requester still qualifies: judged again at each approval and at the start."""
    return first_denial(
        may_ask_for(relations, tenant, scopes),
        is_fit(person, policy, at),
        may_reach(person, policy, tenant, scopes),
    )


def is_justified(purpose: Purpose, scopes: Iterable[Scope]) -> Verdict:
    """Whether the purpose is a published reason for all of the scopes' data."""
    for scope in scopes:
        if not justifies(purpose, scope):
            fitting = ", ".join(p.label for p in purposes_for(scope))
            return Denied(
                f"“{purpose.label}” is not a reason to open {SCOPES[scope].scope.label}.",
                f"These are: {fitting}.",
                "purpose",
            )
    return Allowed()


def is_short_enough(policy: Policy, scopes: Sequence[Scope], duration: timedelta) -> Verdict:
    """Whether the time lies within the strictest limit of the scopes."""
    longest = policy.maximum(list(scopes))
    if duration <= timedelta(0):
        return Denied("Choose a time of at least 1 minute.", "", "duration")
    if duration > longest:
        return Denied(
            f"At most {duration_text(longest)} for this access.",
            f"Ask for {duration_text(longest)} or less.",
            "duration",
        )
    return Allowed()


def can_be_decided(
    requester: Staff, policy: Policy, scopes: Sequence[Scope], deciders: Sequence[Staff]
) -> Verdict:
    """Whether enough other people could decide. An empty list means nobody, never everybody."""
    others = {p.person_id: p for p in deciders if p.person_id != requester.person_id}
    needed = policy.votes(list(scopes))
    remedy = "Ask the people team to name more approvers."
    if len(others) < needed:
        return Denied(
            f"This needs {needed} of the people who decide, and there are {len(others)}.",
            remedy,
            "no_approver",
        )
    groups = policy.groups(list(scopes))
    if not groups_are_met([set(group_names(p)) for p in others.values()], groups):
        return Denied(
            f"This needs an approver from each of: {', '.join(groups)}.", remedy, "no_approver"
        )
    return Allowed()


def group_names(person: Staff) -> list[str]:
    """The names of the person's groups, lower case."""
    return [group.name.lower() for group in person.groups.all()]


def groups_are_met(members: Sequence[Iterable[str]], groups: Sequence[str]) -> bool:
    """Whether each group can be given a different person: one person stands for one group."""
    if not groups:
        return True
    return any(
        all(group in chosen for group, chosen in zip(groups, order, strict=True))
        for order in permutations([set(m) for m in members], len(groups))
    )
