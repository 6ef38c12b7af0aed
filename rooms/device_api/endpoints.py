"""Every address of the device surface as data: what goes in, what comes out, what can go wrong.

The OpenAPI document is made from it; a test holds the views and the addresses against it.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel, Field

from rooms.device_api.commands import MOST_ANSWER_BYTES, CommandAnswer, Outcome
from rooms.enrolment import schema as enrolment
from rooms.reports.schema import MOST_BYTES, Report


class Command(BaseModel):
    """Something that the device is asked to do."""

    id: uuid.UUID
    kind: str
    parameters: dict[str, Any]
    expires_at: datetime


class ReportTaken(BaseModel):
    """The report is stored."""

    report_id: uuid.UUID
    next_report_seconds: int = Field(ge=1)
    commands: list[Command]


class CommandsWaiting(BaseModel):
    """What waits for the device, oldest first."""

    commands: list[Command]
    next_report_seconds: int = Field(ge=1)


class AnswerTaken(BaseModel):
    """The answer is stored."""

    command: uuid.UUID
    outcome: Outcome


class Left(BaseModel):
    """The device is unenrolled; its keys have ended."""

    state: str = Field(pattern="^unenrolled$")


class Alive(BaseModel):
    """The process answers."""

    ok: bool


@dataclass(frozen=True)
class Endpoint:
    """One address and method. `most` is the largest body in bytes; 0 takes none."""

    path: str
    method: str
    name: str
    summary: str
    status: int
    answer: type[BaseModel] | None
    codes: tuple[str, ...] = ()
    body: type[BaseModel] | None = None
    most: int = 0
    signed: bool = True


# What any signed request may be answered, and what any body may be.
SIGNED: Final = (
    *("bad_request", "signature_missing", "signature_invalid", "clock_skew", "unknown_key"),
    *("device_revoked", "tenant_left", "not_enrolled", "replayed", "too_large"),
    *("unsupported_media_type", "unavailable"),
)
BODY: Final = ("malformed", "duplicate_field", "too_deep", "field_unknown", "field_invalid")
# What is asked of whoever may enrol; the challenge's key stands in for the device's.
ENROLLING: Final = ("bad_request", "too_large", "unsupported_media_type", "unavailable")

ENDPOINTS: Final = (
    Endpoint(
        "/device/v1/enrolments",
        "POST",
        "enrolment_begin",
        "Ask to be known, with the public keys of the TPM",
        201,
        enrolment.Challenge,
        (*ENROLLING, *BODY, "enrolment_refused", "tenant_left", "slow_down"),
        enrolment.Begin,
        enrolment.MOST_BYTES,
        signed=False,
    ),
    Endpoint(
        "/device/v1/enrolments/{challenge}",
        "POST",
        "enrolment_complete",
        "Answer the challenge; signed by the new key, with the challenge for its keyid",
        201,
        enrolment.Enrolled,
        (
            *(*ENROLLING, *BODY, "signature_missing", "signature_invalid", "clock_skew"),
            *("unknown_key", "challenge_used", "expired", "serial_taken", "enrolment_refused"),
            "not_found",
        ),
        enrolment.Proof,
        enrolment.MOST_PROOF_BYTES,
    ),
    Endpoint(
        "/device/v1/keys",
        "POST",
        "key_create",
        "Renew the device's key; signed by the old one, which ends",
        201,
        enrolment.Renewed,
        (*SIGNED, *BODY),
        enrolment.NewKey,
        enrolment.MOST_PROOF_BYTES,
    ),
    Endpoint(
        "/device/v1/reports",
        "POST",
        "report_create",
        "Tell how the device is",
        202,
        ReportTaken,
        (*SIGNED, *BODY, "content_refused", "slow_down"),
        Report,
        MOST_BYTES,
    ),
    Endpoint(
        "/device/v1/commands",
        "GET",
        "commands",
        "Fetch the commands that wait",
        200,
        CommandsWaiting,
        SIGNED,
    ),
    Endpoint(
        "/device/v1/commands/{command}/answer",
        "POST",
        "command_answer",
        "Say how a command went",
        202,
        AnswerTaken,
        (*SIGNED, *BODY, "not_found"),
        CommandAnswer,
        MOST_ANSWER_BYTES,
    ),
    Endpoint(
        "/device/v1/leave",
        "POST",
        "leave",
        "Unenrol this device, when its agent is removed",
        202,
        Left,
        SIGNED,
    ),
    Endpoint(
        "/device/v1/openapi.json",
        "GET",
        "document",
        "This document",
        200,
        None,
        signed=False,
    ),
    Endpoint(
        "/device/v1/healthz",
        "GET",
        "healthz",
        "Whether the process answers",
        200,
        Alive,
        signed=False,
    ),
)

_further: list[Endpoint] = []


def add_endpoints(*ends: Endpoint) -> None:
    """Add the addresses of an app above this one; called once, when Django is ready."""
    _further.extend(ends)


def all_endpoints() -> tuple[Endpoint, ...]:
    """Every address, those of the apps above included."""
    return (*ENDPOINTS, *_further)


# What every address may be answered.
ANYWHERE: Final = ("method_not_allowed", "broken")
