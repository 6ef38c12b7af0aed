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
from access.models.auditors import SavedView
from access.models.directory import Tenant, TenantRelation
from access.models.grants import Grant, Lockout
from access.models.notices import Notice, NoticeCode
from access.models.people import Certificate, Staff, StepUp
from access.models.policy import PolicyChange, PolicyVersion
from access.models.relation_acts import RelationAct
from access.models.requests import AccessRequest, RequestMessage, Vote
from access.models.residency import ResidencyProof
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
    "Notice",
    "NoticeCode",
    "PolicyChange",
    "PolicyVersion",
    "RegionalCheckpoint",
    "RegionalHead",
    "RegionalLeaf",
    "RegionalTile",
    "RelationAct",
    "RequestMessage",
    "ResidencyProof",
    "SavedView",
    "Staff",
    "StandingCheck",
    "StepUp",
    "Tenant",
    "TenantRelation",
    "Vote",
]
