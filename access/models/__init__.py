"""The tables of the ground floor, by subject."""

from access.models.audit import (
    AuditEvent,
    AuditRepeat,
    ControlEvent,
    ControlHead,
    ControlLeaf,
    RegionalHead,
    RegionalLeaf,
)
from access.models.directory import Tenant, TenantRelation
from access.models.grants import Grant, Lockout
from access.models.people import Certificate, Staff, StepUp
from access.models.policy import PolicyVersion
from access.models.requests import AccessRequest, RequestMessage, Vote

__all__ = [
    "AccessRequest",
    "AuditEvent",
    "AuditRepeat",
    "Certificate",
    "ControlEvent",
    "ControlHead",
    "ControlLeaf",
    "Grant",
    "Lockout",
    "PolicyVersion",
    "RegionalHead",
    "RegionalLeaf",
    "RequestMessage",
    "Staff",
    "StepUp",
    "Tenant",
    "TenantRelation",
    "Vote",
]
