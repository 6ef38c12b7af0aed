"""One event in three formats: by the published schema, by the rules of escaping, by the fields."""

from __future__ import annotations

import functools
import json
import re
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

from access.siem import cef, m365, ocsf
from access.siem.events import LogEvent

LEAF: dict[str, Any] = {
    "v": 2,
    "log": "eu",
    "id": "0a7f5c52-6b3b-4a50-9be0-0f5ac6f9d6a1",
    "recorded_at": "2026-11-22T12:00:00.123456Z",
    "type": "view.room",
    "outcome": "opened",
    "actor_id": "5f0a5a54-4d5c-4f5e-8f53-fb2a8f2d36a5",
    "session": "a1b2c3d4e5f60718",
    "tenant_id": "b5e3c55a-30c7-4b54-97d4-7f2e26a0a111",
    "tenant_reference": "TN-7KQ2MH",
    "scopes": ["health.view", "inventory.view"],
    "grant_references": ["GR-8Q2M4KX7"],
    "purpose": "support",
    "subject_type": "room",
    "subject_reference": "RM-2F6P8KQ4",
    "detail": {},
    "sd": [],
}
# One of each class, and each of the activities that we name.
TYPES = [
    "view.room", "sign_in.ok", "sign_out", "session.ended", "step_up.proven",
    "second_factor.set_up", "recovery_codes.renewed", "grant.started", "grant.ready",
    "grant.suspended", "request.submitted", "vote.cast", "stop.pressed", "record.exported",
    "reference.unknown", "device.enrolled", "incident.opened", "standing.checked", "not.known.yet",
]  # fmt: skip


def event(**changes: Any) -> LogEvent:
    """A leaf of the log with some fields changed."""
    return LogEvent.of("eu", 41, json.dumps(LEAF | changes).encode())


@functools.cache
def schema_of(class_uid: int, *profiles: str) -> jsonschema_rs.Draft202012Validator:
    """The published schema of a class with the profiles that an event names."""
    published = OcsfJsonSchemaEmbedded(get_ocsf_schema(version=ocsf.VERSION))
    name = published.lookup_class_name_from_uid(class_uid=class_uid)
    return jsonschema_rs.Draft202012Validator(
        published.get_class_schema(class_name=name, profiles=list(profiles))
    )


def wrong(made: dict[str, Any]) -> list[str]:
    """What the published schema says against an event."""
    schema = schema_of(made["class_uid"], *made["metadata"].get("profiles", []))
    return [error.message for error in schema.iter_errors(made)]


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("outcome", ["ok", "opened", "closed", "refused"])
def test_ocsf_event_passes_the_published_schema(kind, outcome):
    made = json.loads(ocsf.render(event(type=kind, outcome=outcome)))
    assert wrong(made) == []
    assert made["type_uid"] == made["class_uid"] * 100 + made["activity_id"]


@pytest.mark.parametrize("kind", TYPES)
def test_ocsf_event_of_the_control_plane_passes_too(kind):
    """Nobody, no tenant, no scope and no subject, as of a sign-in that was refused."""
    empty = ("tenant_reference", "session", "subject_type", "subject_reference")
    bare = dict.fromkeys(empty, "") | dict.fromkeys(("actor_id", "tenant_id"))
    bare |= {"scopes": [], "grant_references": []}
    assert wrong(json.loads(ocsf.render(event(type=kind, **bare)))) == []


def test_published_schema_refuses_what_is_wrong():
    """The check above can fail."""
    made = json.loads(ocsf.render(event()))
    assert wrong(made | {"surprise": 1})
    assert wrong({key: value for key, value in made.items() if key != "web_resources"})


def test_ocsf_carries_id_position_and_grant():
    made = json.loads(ocsf.render(event()))
    assert made["metadata"]["uid"] == LEAF["id"]
    assert made["metadata"]["sequence"] == 41
    assert made["actor"]["authorizations"][0]["policy"]["uid"] == "GR-8Q2M4KX7"
    assert made["time"] == 1795348800123


def cef_parts(line: str) -> tuple[list[str], dict[str, str]]:
    """A CEF line taken apart as a receiver does it."""
    *head, extension = re.split(r"(?<!\\)(?:\\\\)*\|", line, maxsplit=7)
    pairs = re.findall(r"(\w+)=((?:\\.|[^\\=])*?)(?= \w+=|$)", extension)
    return head, dict(pairs)


def unescaped(value: str) -> str:
    return re.sub(r"\\(.)", lambda m: {"n": "\n"}.get(m[1], m[1]), value)


def test_cef_line_is_read_back():
    head, fields = cef_parts(cef.render(event()))
    assert head == ["CEF:0", "Rooms Ops", "Rooms Ops", "1", "view.room", "view.room", "3"]
    assert fields["externalId"] == LEAF["id"]
    assert (fields["cs2Label"], fields["cs2"]) == ("tenant", "TN-7KQ2MH")


@given(st.text(max_size=60))
def test_cef_value_cannot_leave_its_place(text):
    """Line breaks, bars, equals signs, backslashes, terminal codes: one line, one value."""
    line = cef.render(event(purpose=f"x{text}x", type=f"view.{text}"))
    assert "\n" not in line
    assert "\r" not in line
    assert all(letter.isprintable() for letter in line)
    head, fields = cef_parts(line)
    assert len(head) == 7
    assert fields["externalId"] == LEAF["id"]
    known = {"rt", "externalId", "suid", "outcome", "act", "cn1", "cn1Label", "reason", "msg"}
    assert {name for name in fields if not re.fullmatch(r"cs[1-6](Label)?", name)} <= known


def test_cef_keeps_what_it_escapes():
    _, fields = cef_parts(cef.render(event(purpose="a=b\\c\nd|e")))
    assert unescaped(fields["reason"]) == "a=b\\c\nd|e"


def test_m365_names_the_elevation():
    made = json.loads(m365.render(event(type="grant.started", detail={"minutes": 60})))
    assert made["RecordType"] == 10
    assert made["ElevationRequestId"] == "GR-8Q2M4KX7"
    assert made["ElevationRole"] == "health.view,inventory.view"
    assert made["ElevationDuration"] == "60"
    mandatory = {"Id", "RecordType", "CreationTime", "Operation", "OrganizationId", "UserType",
                 "UserKey", "UserId", "ClientIP", "ResultStatus", "Workload"}  # fmt: skip
    assert mandatory <= set(made)


@given(st.text(max_size=60))
def test_json_formats_are_one_line_whatever_the_text(text):
    for render in (ocsf.render, m365.render):
        line = render(event(subject_reference=text, purpose=text))
        assert "\n" not in line
        assert json.loads(line)
