"""The closed list of scopes: each is one kind of access, with its sentence and its limits.

Figures are the most that policy may ever allow; a policy version can only tighten them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db import models


class Scope(models.TextChoices):
    """One kind of access."""

    INVENTORY_VIEW = "inventory.view", "Inventory"
    HEALTH_VIEW = "health.view", "Health"
    INCIDENT_WORK = "incident.work", "Work on incidents"
    ACCOUNT_VIEW = "account.view", "Room accounts and addresses"
    DIAGNOSTICS_VIEW = "diagnostics.view", "Diagnostic data"
    ACTIVITY_VIEW = "activity.view", "User activity in logs"
    DIAGNOSTICS_COLLECT = "diagnostics.collect", "Collect diagnostics"
    REMEDIATE_RESTART = "remediate.restart", "Restart devices"
    REMEDIATE_USB = "remediate.usb", "Reset USB"
    REMEDIATE_UPDATE = "remediate.update", "Update software"
    LIFECYCLE_MANAGE = "lifecycle.manage", "Enrol and unenrol"
    DATA_ERASE = "data.erase", "Erase collected data"
    AUDIT_VIEW = "audit.view", "Audit record"
    POLICY_MANAGE = "policy.manage", "Change policy"
    PEOPLE_MANAGE = "people.manage", "Change standing relations"


class Category(models.TextChoices):
    """Why data of this kind is held at all: the published categories, and our own two."""

    ONGOING = "ongoing", "Ongoing collection"
    AD_HOC = "ad_hoc", "Ad hoc collection"
    ACT = "act", "Act on a room"
    RECORD = "record", "Record of access"


class Relation(models.TextChoices):
    """A standing relation to a tenant. It opens nothing; it says who may take which part."""

    MAY_ASK = "may_ask", "may ask"
    MAY_DECIDE = "may_decide", "may decide"
    MAY_AUDIT = "may_audit", "may audit"


@dataclass(frozen=True)
class ScopeDetails:
    """What one scope opens, for how long at the most, and who takes part.

    `votes` is the number of distinct people who must approve; `from_groups` names groups of
    which each must give one of them. `employees_only` keeps the scope from subcontractors.
    """

    scope: Scope
    sentence: str
    category: Category
    default: timedelta
    maximum: timedelta
    votes: int
    asked_by: Relation = Relation.MAY_ASK
    from_groups: tuple[str, ...] = ()
    employees_only: bool = False


def hours(number: float) -> timedelta:
    """A length of time in hours."""
    return timedelta(hours=number)


_DETAILS = (
    ScopeDetails(
        Scope.INVENTORY_VIEW,
        "Tenant profile, sites, rooms, devices, peripherals and versions.",
        Category.ONGOING,
        hours(4),
        hours(8),
        1,
    ),
    ScopeDetails(
        Scope.HEALTH_VIEW,
        "Signals, incidents and health history.",
        Category.ONGOING,
        hours(4),
        hours(8),
        1,
    ),
    ScopeDetails(
        Scope.INCIDENT_WORK,
        "Assign, note, suppress and resolve incidents, and write to the customer. Needs Health.",
        Category.ONGOING,
        hours(4),
        hours(8),
        1,
    ),
    ScopeDetails(
        Scope.ACCOUNT_VIEW,
        "Room account identity, IP addresses and coordinates.",
        Category.ONGOING,
        hours(1),
        hours(4),
        1,
    ),
    ScopeDetails(
        Scope.DIAGNOSTICS_VIEW,
        "Event logs, Windows system queries and the content of bundles.",
        Category.AD_HOC,
        hours(1),
        hours(4),
        1,
    ),
    ScopeDetails(
        Scope.ACTIVITY_VIEW,
        "Activity and identity of people in the room's log.",
        Category.AD_HOC,
        hours(0.5),
        hours(2),
        2,
        employees_only=True,
    ),
    ScopeDetails(
        Scope.DIAGNOSTICS_COLLECT,
        "Order a collection from a device.",
        Category.ACT,
        hours(1),
        hours(4),
        1,
    ),
    ScopeDetails(
        Scope.REMEDIATE_RESTART,
        "Queue restarts of apps and devices.",
        Category.ACT,
        hours(1),
        hours(4),
        1,
    ),
    ScopeDetails(
        Scope.REMEDIATE_USB,
        "Queue resets of USB connections and states.",
        Category.ACT,
        hours(1),
        hours(4),
        1,
    ),
    ScopeDetails(
        Scope.REMEDIATE_UPDATE,
        "Queue updates of apps, drivers, firmware and Windows.",
        Category.ACT,
        hours(1),
        hours(4),
        1,
    ),
    ScopeDetails(
        Scope.LIFECYCLE_MANAGE,
        "Enrol and unenrol devices.",
        Category.ACT,
        hours(1),
        hours(2),
        2,
        employees_only=True,
    ),
    ScopeDetails(
        Scope.DATA_ERASE,
        "Destroy collected data on the customer's request.",
        Category.ACT,
        hours(1),
        hours(1),
        2,
        from_groups=("operations", "security"),
        employees_only=True,
    ),
    ScopeDetails(
        Scope.AUDIT_VIEW,
        "Who asked, who decided, who looked, and when.",
        Category.RECORD,
        hours(4),
        hours(8),
        1,
        asked_by=Relation.MAY_AUDIT,
    ),
    ScopeDetails(
        Scope.POLICY_MANAGE,
        "Change the access policy.",
        Category.RECORD,
        hours(1),
        hours(1),
        2,
        employees_only=True,
    ),
    ScopeDetails(
        Scope.PEOPLE_MANAGE,
        "Change who may ask, decide and audit.",
        Category.RECORD,
        hours(1),
        hours(1),
        2,
        employees_only=True,
    ),
)

SCOPES: dict[Scope, ScopeDetails] = {details.scope: details for details in _DETAILS}

# Scopes that can be asked for. The rest stand in the list, cannot be asked for, and open nothing.
OFFERED: tuple[Scope, ...] = (
    Scope.INVENTORY_VIEW,
    Scope.HEALTH_VIEW,
    Scope.INCIDENT_WORK,
    Scope.ACCOUNT_VIEW,
    Scope.DIAGNOSTICS_VIEW,
    Scope.ACTIVITY_VIEW,
    Scope.DIAGNOSTICS_COLLECT,
    Scope.REMEDIATE_RESTART,
    Scope.REMEDIATE_USB,
    Scope.REMEDIATE_UPDATE,
    Scope.LIFECYCLE_MANAGE,
    Scope.DATA_ERASE,
    Scope.AUDIT_VIEW,
    Scope.POLICY_MANAGE,
    Scope.PEOPLE_MANAGE,
)
# Asked for, decided and started already, while their pages come later.
COMING: frozenset[Scope] = frozenset()

# What the control plane's own entry opens. A tenant offers the rest; only the record has both.
OF_CONTROL = frozenset({Scope.AUDIT_VIEW, Scope.POLICY_MANAGE, Scope.PEOPLE_MANAGE})


def is_offered(scope: Scope, *, control: bool) -> bool:
    """Whether the scope can be asked for: of the control plane's entry, or of a tenant."""
    fits = scope in OF_CONTROL if control else scope not in OF_CONTROL or scope == Scope.AUDIT_VIEW
    return scope in OFFERED and fits
