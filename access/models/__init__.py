"""The tables of the ground floor, by subject."""

from access.models.audit import (
    AuditDisclosure,
    AuditEvent,
    AuditRepeat,
    ControlCheckpoint,
    ControlDisclosure,
    ControlEvent,
    ControlHead,
    ControlLeaf,
    ControlTile,
    RegionalCheckpoint,
    RegionalHead,
    RegionalLeaf,
    RegionalTile,
)
from access.models.auditors import RelationReview, SavedView
from access.models.directory import Tenant, TenantRelation
from access.models.grants import Grant, Lockout
from access.models.people import Certificate, Staff, StepUp
from access.models.policy import PolicyVersion
from access.models.requests import AccessRequest, RequestMessage, Vote
from access.models.standing import StandingCheck

__all__ = [
    "AccessRequest",
    "AuditDisclosure",
    "AuditEvent",
    "AuditRepeat",
    "Certificate",
    "ControlCheckpoint",
    "ControlDisclosure",
    "ControlEvent",
    "ControlHead",
    "ControlLeaf",
    "ControlTile",
    "Grant",
    "Lockout",
    "PolicyVersion",
    "RegionalCheckpoint",
    "RegionalHead",
    "RegionalLeaf",
    "RegionalTile",
    "RelationReview",
    "RequestMessage",
    "SavedView",
    "Staff",
    "StandingCheck",
    "StepUp",
    "Tenant",
    "TenantRelation",
    "Vote",
]
