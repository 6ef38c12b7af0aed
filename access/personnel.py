"""Is this person fit to ask, vote, start and use, now? Training, screening, employment, country.

Pure: facts and a moment in, findings out. A missing fact is a no.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

from access.models import Certificate, Staff, Tenant
from access.models.people import CertificateKind, EmployerType
from access.policy import Policy
from access.scopes import SCOPES, Scope
from access.verdict import Allowed, Denied, Verdict, first_denial


@dataclass(frozen=True)
class Finding:
    """One gate with its answer, ready to be shown as a check."""

    gate: str
    passed_sentence: str
    verdict: Verdict


@dataclass(frozen=True)
class Personnel:
    """What is known of a person for the gates."""

    staff: Staff
    certificates: tuple[Certificate, ...] = field(default_factory=tuple)

    @classmethod
    def of(cls, staff: Staff) -> Personnel:
        """Read the person's certificates from the control plane."""
        return cls(staff, tuple(staff.certificates.all()))

    def latest(self, kind: CertificateKind) -> Certificate | None:
        """The certificate of that kind that lasts longest."""
        of_kind = [c for c in self.certificates if c.kind == kind]
        return max(of_kind, key=lambda c: (c.wording_version, c.expires_at), default=None)


def contract_end(staff: Staff) -> datetime | None:
    """The moment the contract ends (end of that day, UTC), or None when it has no end."""
    ends_on: date | None = staff.contract_ends_on
    return None if ends_on is None else datetime.combine(ends_on, time.max, tzinfo=UTC)


def findings(person: Personnel, policy: Policy, at: datetime) -> list[Finding]:
    """Every gate that does not depend on tenant or scope."""
    return [
        Finding("employment", "Employment is live", _employment(person.staff, at)),
        Finding("screening", "Screening is in date", _screening(person.staff, policy, at)),
        Finding("training", "Training is in date", _training(person, policy, at)),
        Finding("privacy", "Privacy wording is accepted", _privacy(person, policy, at)),
    ]


def is_fit(person: Personnel, policy: Policy, at: datetime) -> Verdict:
    """The first gate that fails, or Allowed."""
    return first_denial(*(finding.verdict for finding in findings(person, policy, at)))


def may_reach(
    person: Personnel, policy: Policy, tenant: Tenant, scopes: Iterable[Scope]
) -> Verdict:
    """Whether employer type and country are allowed by these scopes and this tenant."""
    staff = person.staff
    for scope in scopes:
        details, rule = SCOPES[scope], policy.scopes[scope]
        if details.employees_only and staff.employer_type != EmployerType.EMPLOYEE:
            return Denied(
                f"{details.scope.label} is for employees.",
                "Ask an employee of your team to do it.",
                "employees_only",
            )
        if rule.countries is not None and staff.country not in rule.countries:
            return Denied(
                f"{details.scope.label} is not opened from {staff.country}.",
                "Ask a colleague in one of the allowed countries.",
                "country",
            )
    if tenant.staff_countries and staff.country not in tenant.staff_countries:
        return Denied(
            f"{tenant.reference} is served by staff in {', '.join(tenant.staff_countries)} only.",
            "Hand over to a colleague there.",
            "residency",
        )
    return Allowed()


def _employment(staff: Staff, at: datetime) -> Verdict:
    if not staff.is_active:
        return Denied("The account is closed.", "Ask your manager.", "employment")
    ends = contract_end(staff)
    if ends is not None and at > ends:
        return Denied("The contract has ended.", "Ask your manager.", "employment")
    if staff.employer_type == EmployerType.SUBCONTRACTOR and ends is None:
        return Denied(
            "No contract end is recorded.", "Ask your manager to record it.", "employment"
        )
    return Allowed()


def _screening(staff: Staff, policy: Policy, at: datetime) -> Verdict:
    screened: date | None = staff.screened_on
    if screened is None or at.date() - screened > policy.screening_valid:
        return Denied(
            "Screening is not in date.", "Ask your manager to renew the screening.", "screening"
        )
    return Allowed()


def _training(person: Personnel, policy: Policy, at: datetime) -> Verdict:
    training = person.latest(CertificateKind.TRAINING)
    if (
        training is None
        or at >= training.expires_at
        or at - training.issued_at > policy.training_valid
    ):
        return Denied(
            "Privacy and security training is not in date.",
            "Finish the training; it takes about 25 minutes.",
            "training",
        )
    return Allowed()


def _privacy(person: Personnel, policy: Policy, at: datetime) -> Verdict:
    accepted = person.latest(CertificateKind.PRIVACY)
    if (
        accepted is None
        or accepted.wording_version < policy.privacy_wording
        or at >= accepted.expires_at
    ):
        return Denied(
            "The current privacy wording is not accepted.",
            "Read and accept it on your own page.",
            "privacy",
        )
    return Allowed()
