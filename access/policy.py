"""The access policy in force: a versioned document that can only tighten what scopes.py allows.

Combining rules takes the stricter value. An unknown key, a missing document or a value that
cannot be read refuses everything and says so; an empty list means nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from access.models import PolicyVersion
from access.scopes import OFFERED, SCOPES, Scope, ScopeDetails, is_offered

CURRENT_PRIVACY_WORDING = 1

DEFAULT_DOCUMENT: dict[str, Any] = {
    "explain": "The portal's first policy: the limits of the design, unchanged.",
    "lapse_minutes": 60,
    "claim_minutes": 30,
    "step_up_seconds": 120,
    "concurrent_grants": 5,
    "training_days": 365,
    "screening_days": 730,
    "privacy_wording": CURRENT_PRIVACY_WORDING,
    "scopes": {},
}
NUMBERS = frozenset(DEFAULT_DOCUMENT) - {"explain", "scopes"}
SCOPE_KEYS = frozenset({"maximum_minutes", "default_minutes", "votes", "countries", "explain"})


class PolicyFault(Exception):
    """The policy cannot be read; nothing is decided until somebody mends it."""


@dataclass(frozen=True)
class ScopeRule:
    """What holds for one scope under this policy: never looser than scopes.py.

    `countries` limits who may ask by recorded country: None is no limit, empty is nobody.
    """

    details: ScopeDetails
    maximum: timedelta
    default: timedelta
    votes: int
    countries: frozenset[str] | None


@dataclass(frozen=True)
class Policy:
    """One version of the policy, ready to judge by."""

    number: int
    lapse_after: timedelta
    claim_within: timedelta
    step_up_max_age: timedelta
    concurrent_grants: int
    training_valid: timedelta
    screening_valid: timedelta
    privacy_wording: int
    scopes: dict[Scope, ScopeRule]

    def maximum(self, scopes: list[Scope]) -> timedelta:
        """The longest time for these scopes together: the strictest of their limits."""
        return min(self.scopes[scope].maximum for scope in scopes)

    def votes(self, scopes: list[Scope]) -> int:
        """How many distinct approvers these scopes need: the highest of their numbers."""
        return max(self.scopes[scope].votes for scope in scopes)

    def groups(self, scopes: list[Scope]) -> tuple[str, ...]:
        """The groups of which each must give one of the approvals."""
        named = {group for scope in scopes for group in SCOPES[scope].from_groups}
        return tuple(sorted(named))


def read(number: int, document: dict[str, Any]) -> Policy:
    """Turn a policy document into a policy. Raises PolicyFault with the line that is wrong."""
    unknown = set(document) - set(DEFAULT_DOCUMENT)
    if unknown:
        raise PolicyFault(f"Unknown key in policy {number}: {', '.join(sorted(unknown))}.")
    values = {**DEFAULT_DOCUMENT, **document}
    if not str(values["explain"]).strip():
        raise PolicyFault(f"Policy {number} does not explain itself.")
    for key in NUMBERS:
        if type(values[key]) is not int or values[key] < 1:
            raise PolicyFault(f"{key} in policy {number} must be a whole number of 1 or more.")
    rules = values["scopes"]
    if not isinstance(rules, dict) or not all(isinstance(rule, dict) for rule in rules.values()):
        raise PolicyFault(f"scopes in policy {number} must be an object of objects.")
    unknown = set(rules) - set(Scope.values)
    if unknown:
        raise PolicyFault(f"Unknown scope in policy {number}: {', '.join(sorted(unknown))}.")
    return Policy(
        number=number,
        lapse_after=timedelta(minutes=min(values["lapse_minutes"], 24 * 60)),
        claim_within=timedelta(minutes=min(values["claim_minutes"], 24 * 60)),
        step_up_max_age=timedelta(seconds=min(values["step_up_seconds"], 900)),
        concurrent_grants=values["concurrent_grants"],
        training_valid=timedelta(days=values["training_days"]),
        screening_valid=timedelta(days=values["screening_days"]),
        privacy_wording=values["privacy_wording"],
        scopes={scope: _scope_rule(number, SCOPES[scope], rules.get(scope, {})) for scope in Scope},
    )


def _scope_rule(number: int, details: ScopeDetails, rule: dict[str, Any]) -> ScopeRule:
    """The stricter of the built-in limits and the document's."""
    unknown = set(rule) - SCOPE_KEYS
    if unknown:
        raise PolicyFault(
            f"Unknown key for {details.scope} in policy {number}: {', '.join(sorted(unknown))}."
        )
    for key in ("maximum_minutes", "default_minutes", "votes"):
        if key in rule and (type(rule[key]) is not int or rule[key] < 1):
            raise PolicyFault(f"{key} for {details.scope} must be a whole number of 1 or more.")
    maximum = details.maximum
    if "maximum_minutes" in rule:
        maximum = min(maximum, timedelta(minutes=rule["maximum_minutes"]))
    default = details.default
    if "default_minutes" in rule:
        default = timedelta(minutes=rule["default_minutes"])
    countries = rule.get("countries")
    if countries is not None and not isinstance(countries, list):
        raise PolicyFault(f"countries for {details.scope} must be a list.")
    return ScopeRule(
        details=details,
        maximum=maximum,
        default=min(default, maximum),
        votes=max(details.votes, rule.get("votes", 1)),
        countries=None if countries is None else frozenset(countries),
    )


def current() -> Policy:
    """The policy in force. Raises PolicyFault when there is none or it cannot be read."""
    version = PolicyVersion.objects.order_by("-number").first()
    if version is None:
        raise PolicyFault("No policy is published, so nothing can be asked for.")
    return read(version.number, version.document)


def offered(policy: Policy, *, control: bool = False) -> list[ScopeRule]:
    """The scopes that can be asked for of a tenant, or of the control plane, in their order."""
    return [policy.scopes[scope] for scope in OFFERED if is_offered(scope, control=control)]
