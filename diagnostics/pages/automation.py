"""Settings and policies of a tenant as pages: what is in force, in words, and how it came to be."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from django.http import Http404
from django.urls import reverse

from access.verdict import Denied, Verdict
from diagnostics.models import (
    AutomationPolicy,
    RemediationSettings,
    RemediationVote,
    RuleState,
)
from diagnostics.pages.waves import Reader
from diagnostics.remediation.calendar_words import freeze_words, weekly_words
from diagnostics.remediation.catalogue import ACTIONS, ActionCode, Channel
from diagnostics.remediation.guardrails.limits import Limits
from diagnostics.remediation.tenant_rules import (
    NO_RULES,
    NOTHING_RUNS,
    TenantRules,
    UnfitDocument,
    read_document,
)
from diagnostics.rules.automation import Version, may_end, may_vote, may_withdraw
from rooms.pages.looks import signal_title

LATEST: Final = 50
TONES: Final = {
    RuleState.PROPOSED: "warn",
    RuleState.IN_FORCE: "ok",
    RuleState.REFUSED: "bad",
    RuleState.WITHDRAWN: "off",
    RuleState.REPLACED: "off",
    RuleState.ENDED: "off",
}
NO_WINDOWS: Final = "the published nights"
NONE: Final = "none"


@dataclass(frozen=True)
class Difference:
    """One thing that is not the same: what, before, after."""

    what: str
    before: str
    after: str


def rules_in(document: Mapping[str, Any]) -> TenantRules:
    """The rules of a kept document; one that no longer fits lets nothing run."""
    try:
        return read_document(document)
    except UnfitDocument:
        return NOTHING_RUNS


def lines_of(rules: TenantRules) -> list[tuple[str, str]]:
    """The rules in words, limits with the code's own value where they are not tightened."""
    calendar = rules.calendar
    windows = "; ".join(weekly_words(one) for one in calendar.maintenance)
    return [
        ("Maintenance windows, room local", windows or NO_WINDOWS),
        ("Holidays", ", ".join(day.isoformat() for day in sorted(calendar.holidays)) or NONE),
        ("Freezes", "; ".join(freeze_words(one) for one in calendar.freezes) or NONE),
        ("Channel", str(Channel(rules.channel).label)),
        ("Directory", str(rules.graph or NONE)),
        *((_limit(one), f"{getattr(rules.limits, one.name):n}") for one in fields(Limits)),
    ]


def _limit(limit: Any) -> str:
    about: str = limit.metadata["about"]
    return about[0].upper() + about[1:]


def differences(before: TenantRules, after: TenantRules) -> list[Difference]:
    """What one says otherwise than the other, in words."""
    old, new = dict(lines_of(before)), dict(lines_of(after))
    return [Difference(what, old[what], new[what]) for what in old if old[what] != new[what]]


@dataclass
class VersionLine:
    """One version with what it changed, who decided, and what this reader may do."""

    one: Version
    changes: list[Difference]
    votes: list[RemediationVote]
    may_vote: Verdict
    may_withdraw: Verdict
    may_end: Verdict
    ran: list[tuple[str, int]]

    @property
    def tone(self) -> str:
        """The look of its state."""
        return TONES[RuleState(self.one.state)]

    @property
    def words(self) -> str:
        """A policy as a sentence; settings say what they change instead."""
        return policy_words(self.one) if isinstance(self.one, AutomationPolicy) else ""

    @property
    def is_waiting(self) -> bool:
        """Whether it waits for a decision."""
        return self.one.state == RuleState.PROPOSED

    def url(self, act: str) -> str:
        """Where an act on it is posted."""
        kind = "policy" if isinstance(self.one, AutomationPolicy) else "settings"
        args = [self.one.tenant_reference, self.one.reference]
        return reverse(f"diagnostics:remediation_{kind}_{act}", args=args)

    @property
    def decide_url(self) -> str:
        """Where it is decided."""
        return self.url("decide")

    @property
    def withdraw_url(self) -> str:
        """Where it is withdrawn."""
        return self.url("withdraw")

    @property
    def end_url(self) -> str:
        """Where a policy is ended."""
        return self.url("end")


@dataclass
class SettingsPage:
    """A tenant's settings."""

    rules: TenantRules
    in_force: RemediationSettings | None
    lines: list[VersionLine]

    @property
    def waiting(self) -> list[VersionLine]:
        """Proposals; one at the most."""
        return [line for line in self.lines if line.is_waiting]

    @property
    def facts(self) -> list[tuple[str, str]]:
        """What holds, in words."""
        return lines_of(self.rules)


def read_settings(reader: Reader) -> SettingsPage:
    """What is in force and how it came to be, in two statements."""
    rows = RemediationSettings.objects.filter(tenant_id=reader.tenant.pk).order_by("-version")
    versions = list(rows[:LATEST])
    votes = votes_on(reader, versions)
    in_force = next((one for one in versions if one.state == RuleState.IN_FORCE), None)
    current = rules_in(in_force.document) if in_force else NO_RULES
    lines = []
    for place, one in enumerate(versions):
        before = _held_before(versions[place + 1 :])
        base = current if one.state == RuleState.PROPOSED else before
        changes = differences(base, rules_in(one.document))
        lines.append(line_of(reader, one, changes, votes))
    return SettingsPage(current, in_force, lines)


def _held_before(older: Sequence[RemediationSettings]) -> TenantRules:
    """What held when a version took over: the last one before it that ever did."""
    held = (RuleState.IN_FORCE, RuleState.REPLACED, RuleState.ENDED)
    found = next((one for one in older if one.state in held), None)
    return rules_in(found.document) if found else NO_RULES


def votes_on(reader: Reader, versions: Sequence[Version]) -> dict[uuid.UUID, list[RemediationVote]]:
    found: dict[uuid.UUID, list[RemediationVote]] = defaultdict(list)
    ids = [one.pk for one in versions]
    for vote in RemediationVote.objects.filter(tenant_id=reader.tenant.pk, subject_id__in=ids):
        found[vote.subject_id].append(vote)
    return found


def line_of(
    reader: Reader,
    one: Version,
    changes: list[Difference],
    votes: Mapping[uuid.UUID, list[RemediationVote]],
    ran: Sequence[tuple[str, int]] = (),
) -> VersionLine:
    person, seen = reader.person.person_id, votes.get(one.pk, [])
    return VersionLine(
        one=one,
        changes=changes,
        votes=seen,
        may_vote=may_vote(one, seen, person, reader.decides),
        may_withdraw=may_withdraw(one, person),
        may_end=may_end(one, person, reader.decides)
        if isinstance(one, AutomationPolicy)
        else Denied("Settings are replaced, not ended.", "Propose another version.", "kind"),
        ran=list(ran),
    )


def policy_words(policy: AutomationPolicy) -> str:
    """A policy as one sentence."""
    title = ACTIONS[ActionCode(policy.action)].title.lower()
    told = ", ".join(f"{key} {value}" for key, value in policy.parameters.items())
    when = "as soon as the room is free" if policy.urgent else "in the room's next window"
    after = f"has been open for {policy.after_minutes} minutes" if policy.after_minutes else "opens"
    return (
        f"When “{signal_title(policy.signal)}” {after}: {title}{f' ({told})' if told else ''},"
        f" {when}, at most {policy.most_per_day} device"
        f"{'' if policy.most_per_day == 1 else 's'} a day."
    )


def find_settings(reader: Reader, reference: str) -> RemediationSettings:
    """The version, if it is open to the reader; 404 otherwise."""
    rows = RemediationSettings.objects.filter(tenant_id=reader.tenant.pk, reference=reference)
    if (found := rows.first()) is None:
        raise Http404("No such version.")
    return found


def crumbs_of(tenant: str, title: str) -> list[tuple[str, str]]:
    """Where a page of rules stands."""
    return [
        ("Tenants", reverse("rooms:tenants")),
        (tenant, reverse("rooms:tenant", args=[tenant])),
        ("Remediation", reverse("diagnostics:remediation", args=[tenant])),
        (title, ""),
    ]
