"""The policies of a tenant by signal: what may run by itself, and what ran under each version."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count
from django.http import Http404

from diagnostics.models import AutomationPolicy, Remediation, RuleState
from diagnostics.pages.automation import LATEST, VersionLine, line_of, votes_on
from diagnostics.pages.waves import Reader
from diagnostics.rules.automation import alone
from rooms.pages.looks import signal_title
from rooms.signals import SIGNALS


@dataclass
class SignalPolicies:
    """The versions for one signal, newest first."""

    signal: str
    lines: list[VersionLine]

    @property
    def title(self) -> str:
        """The signal in words."""
        return signal_title(self.signal)

    @property
    def in_force(self) -> VersionLine | None:
        """The version that holds."""
        return next((one for one in self.lines if one.one.state == RuleState.IN_FORCE), None)

    @property
    def waiting(self) -> list[VersionLine]:
        """Proposals; one at the most."""
        return [line for line in self.lines if line.is_waiting]


def read_policies(reader: Reader) -> list[SignalPolicies]:
    """Every signal that has or had a policy, in three statements."""
    rows = AutomationPolicy.objects.filter(tenant_id=reader.tenant.pk)
    policies = list(rows.order_by("signal", "-version")[: 4 * LATEST])
    votes, ran = votes_on(reader, policies), _ran(reader, policies)
    by_signal: dict[str, list[VersionLine]] = defaultdict(list)
    for one in policies:
        line = line_of(reader, one, [], votes, ran[one.pk].most_common())
        by_signal[one.signal].append(line)
    return [SignalPolicies(signal, lines) for signal, lines in sorted(by_signal.items())]


def _ran(reader: Reader, policies: Sequence[AutomationPolicy]) -> dict[uuid.UUID, Counter[str]]:
    """What ran under each version, by state, as far as health is open."""
    found: dict[uuid.UUID, Counter[str]] = defaultdict(Counter)
    items = Remediation.objects.filter(
        tenant_id=reader.tenant.pk, policy_id__in=[one.pk for one in policies]
    ).order_by()
    for policy, state, number in items.values_list("policy_id", "state").annotate(Count("id")):
        found[policy][Remediation(state=state).get_state_display()] += number
    return found


def signal_choices() -> list[tuple[str, str]]:
    """The signals for which some action can run by itself, by their titles."""
    known = [(code, one.title) for code, one in SIGNALS.items() if alone(code)]
    return sorted(known, key=lambda pair: pair[1])


def find_policy(reader: Reader, reference: str) -> AutomationPolicy:
    """The version, if it is open to the reader; 404 otherwise."""
    rows = AutomationPolicy.objects.filter(tenant_id=reader.tenant.pk, reference=reference)
    if (found := rows.first()) is None:
        raise Http404("No such version.")
    return found
