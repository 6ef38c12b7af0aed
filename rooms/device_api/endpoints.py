"""Every address of the device surface as data: what goes in, what comes out, what can go wrong.

The OpenAPI document is made from it; a test holds the views and the addresses against it.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from pydantic import BaseModel, Field

from rooms.device_api.commands import (
    MOST_ANSWER_BYTES,
    CommandAnswer,
    CommandProgress,
    Outcome,
    Stage,
)
from rooms.device_api.listening import MOST_SECONDS
from rooms.enrolment import schema as enrolment
from rooms.reports.schema import MOST_BYTES, Report


class Command(BaseModel):
    """Something that the device is asked to do, if it can verify it.

    `signature` is Ed25519, base64, by the key `key_id`, over the text `rooms-ops command v1`, a
    line feed and the other members as RFC 8785 writes them. A command is run once, by the device
    that it names, before it expires.
    """

    v: Literal[1]
    id: uuid.UUID
    kind: str
    parameters: dict[str, Any]
    device: str
    region: str
    key_id: str
    issued_at: datetime
    expires_at: datetime
    signature: str


class ReportTaken(BaseModel):
    """The report is stored."""

    report_id: uuid.UUID
    next_report_seconds: int = Field(ge=1)
    command_keys_serial: int = Field(ge=0, description="above the device's own: fetch the list")
    commands: list[Command]


class CommandsWaiting(BaseModel):
    """What waits for the device, oldest first."""

    commands: list[Command]
    next_report_seconds: int = Field(ge=1)
    command_keys_serial: int = Field(ge=0, description="above the device's own: fetch the list")


class AnswerTaken(BaseModel):
    """The answer is stored."""

    command: uuid.UUID
    outcome: Outcome


class ProgressTaken(BaseModel):
    """How far the command is, is stored."""

    command: uuid.UUID
    state: Stage


class Left(BaseModel):
    """The device is unenrolled; its keys have ended."""

    state: str = Field(pattern="^unenrolled$")


class Alive(BaseModel):
    """The process answers."""

    ok: bool


@dataclass(frozen=True)
class Query:
    """A parameter of the query: a whole number from 0 to `most`. None: it was left out."""

    name: str
    most: int
    about: str


@dataclass(frozen=True)
class Endpoint:
    """One address and method. `most` is the largest body in bytes; 0 takes none.

    `later` says that a good answer may carry `Retry-After`.
    """

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
    query: tuple[Query, ...] = ()
    later: bool = False


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
        "Fetch what waits for this device, or wait until something does",
        200,
        CommandsWaiting,
        (*SIGNED, "field_invalid"),
        query=(
            Query(
                "wait",
                MOST_SECONDS,
                "Seconds to wait for a command while none is there. Too many devices may wait"
                " already: then the answer comes at once, with `Retry-After`.",
            ),
        ),
        later=True,
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
        "/device/v1/commands/{command}/progress",
        "POST",
        "command_progress",
        "Say that a command was verified and will be run, or that it runs",
        202,
        ProgressTaken,
        (*SIGNED, *BODY, "not_found"),
        CommandProgress,
        MOST_ANSWER_BYTES,
    ),
    Endpoint(
        "/device/v1/command-keys",
        "GET",
        "command_keys",
        "Fetch the list of keys that sign commands",
        200,
        enrolment.CommandKeys,
        (*SIGNED, "not_found"),
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
