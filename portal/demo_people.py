"""The people of the demo: who they are, how they sign in, and what they may do for whom."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.contrib.auth.models import Group
from django_otp.plugins.otp_totp.models import TOTPDevice

from access import relations
from access.demo_sign_in import DEMO_DOMAIN, DEMO_PASSWORD
from access.models import Certificate, PolicyVersion, Staff, Tenant
from access.models.directory import CONTROL_ID
from access.models.people import CertificateKind, EmployerType
from access.policy import CURRENT_PRIVACY_WORDING, DEFAULT_DOCUMENT
from access.scopes import Relation
from rooms.fleet.plans import NAMESPACE, TENANTS, TenantPlan

Which = Callable[[TenantPlan], bool]


def everywhere(plan: TenantPlan) -> bool:
    """Every tenant."""
    return True


def named(*keys: str) -> Which:
    """The tenants with these keys."""
    return lambda plan: plan.key in keys


def in_regions(*regions: str, also: Iterable[str] = ()) -> Which:
    """The tenants of these regions, and a few more by key."""
    more = frozenset(also)
    return lambda plan: plan.region in regions or plan.key in more


@dataclass(frozen=True)
class DemoPerson:
    """One person. `key` begins the e-mail address; `role` is said in the list of people.

    With `control` they stand so to the control plane's own entry too.
    """

    key: str
    name: str
    role: str
    country: str
    relation: Relation
    tenants: Which
    group: str = ""
    employer: EmployerType = EmployerType.EMPLOYEE
    contract_days: int | None = None
    control: bool = False

    @property
    def id(self) -> uuid.UUID:
        """The account's id, the same in every demo."""
        return uuid.uuid5(NAMESPACE, f"staff/{self.key}")

    @property
    def person_id(self) -> uuid.UUID:
        """The human being's id, the same in every demo."""
        return uuid.uuid5(NAMESPACE, f"person/{self.key}")

    @property
    def email(self) -> str:
        """The address they sign in with."""
        return f"{self.key}@{DEMO_DOMAIN}"


PEOPLE: Final[tuple[DemoPerson, ...]] = (
    DemoPerson(
        "asha",
        "Asha Rao",
        "operator, asks for EU tenants and Northwind",
        "IE",
        Relation.MAY_ASK,
        in_regions("eu", also=("northwind",)),
    ),
    DemoPerson(
        "bo",
        "Bo Lindqvist",
        "approver, operations, all regions",
        "SE",
        Relation.MAY_DECIDE,
        everywhere,
        group="operations",
        control=True,
    ),
    DemoPerson(
        "bea",
        "Bea Rossi",
        "approver, security, all regions",
        "IT",
        Relation.MAY_DECIDE,
        everywhere,
        group="security",
        control=True,
    ),
    DemoPerson(
        "casey",
        "Casey Morgan",
        "operator, asks for US tenants and Litware",
        "US",
        Relation.MAY_ASK,
        in_regions("us", also=("litware",)),
    ),
    DemoPerson(
        "dana",
        "Dana Weber",
        "auditor, all regions",
        "DE",
        Relation.MAY_AUDIT,
        everywhere,
        control=True,
    ),
    DemoPerson(
        "eli",
        "Eli Novak",
        "operator, subcontractor, asks for Contoso and Adventure Works",
        "CZ",
        Relation.MAY_ASK,
        named("contoso", "adventureworks"),
        employer=EmployerType.SUBCONTRACTOR,
        contract_days=183,
    ),
    DemoPerson(
        "tomo",
        "Tomo Nakamura",
        "approver, operations, APAC and US",
        "JP",
        Relation.MAY_DECIDE,
        in_regions("apac", "us"),
        group="operations",
    ),
    DemoPerson(
        "pia",
        "Pia Moreau",
        "looks after people and policy",
        "FR",
        Relation.MAY_ASK,
        named(),
        control=True,
    ),
)


def seed_directory() -> dict[str, Tenant]:
    """The tenants in the directory, by key: reference and region, never a name."""
    directory = {}
    for plan in TENANTS:
        directory[plan.key], _ = Tenant.objects.get_or_create(
            id=plan.id,
            defaults={
                "reference": plan.reference,
                "region": plan.region,
                "staff_countries": list(plan.staff_countries),
            },
        )
    return directory


def seed_person(person: DemoPerson, directory: dict[str, Tenant], at: datetime) -> None:
    """One person with everything that qualifies them. A person who is there already stays as is."""
    if Staff.objects.filter(pk=person.id).exists():
        return
    staff = Staff.objects.create_user(
        person.email,
        DEMO_PASSWORD,
        id=person.id,
        person_id=person.person_id,
        name=person.name,
        employer_type=person.employer,
        country=person.country,
        contract_ends_on=(
            at.date() + timedelta(days=person.contract_days) if person.contract_days else None
        ),
        screened_on=at.date() - timedelta(days=120),
    )
    for kind in CertificateKind:
        Certificate.objects.create(
            staff=staff,
            kind=kind,
            wording_version=CURRENT_PRIVACY_WORDING,
            issued_at=at - timedelta(days=40),
            expires_at=at + timedelta(days=325),
        )
    if person.group:
        staff.groups.add(Group.objects.get_or_create(name=person.group)[0])
    TOTPDevice.objects.create(user=staff, name="Authenticator", confirmed=True, tolerance=1)
    for plan in TENANTS:
        if person.tenants(plan):
            relations.give(staff, person.relation, directory[plan.key])
    if person.control:
        relations.give(staff, person.relation, Tenant.objects.get(pk=CONTROL_ID))


def publish_first_policy(at: datetime) -> None:
    """Policy 1, by the two approvers."""
    bo, bea = (person for person in PEOPLE if person.key in ("bo", "bea"))
    PolicyVersion.objects.get_or_create(
        number=1,
        defaults={
            "document": DEFAULT_DOCUMENT,
            "published_at": at,
            "proposed_by_id": bo.id,
            "approved_by_id": bea.id,
        },
    )


def sign_ins() -> list[dict[str, str]]:
    """How each person signs in, for the list of people and for machines that use the demo."""
    devices = {
        device.user_id: device
        for device in TOTPDevice.objects.filter(
            user_id__in=[person.id for person in PEOPLE], confirmed=True
        ).order_by("-pk")
    }
    return [
        {
            "key": person.key,
            "name": person.name,
            "email": person.email,
            "password": DEMO_PASSWORD,
            "totp_secret": base64.b32encode(devices[person.id].bin_key).decode(),
            "role": person.role,
        }
        for person in PEOPLE
    ]
