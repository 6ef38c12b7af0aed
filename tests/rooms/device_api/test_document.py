"""GET /device/v1/openapi.json and /healthz; and the document is what the views do."""

from __future__ import annotations

import ast
import json
import re
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import get_resolver

from access.checks import patterns
from access.gate import declared
from rooms.device_api import openapi
from rooms.device_api.endpoints import ANYWHERE, all_endpoints
from rooms.device_api.problems import KINDS
from tests.outage import down
from tests.rooms.device_api.devices import problem

ROOT = Path(__file__).resolve().parents[3]


def test_document_is_served_and_current(surface: None) -> None:
    response = Client().get("/device/v1/openapi.json")
    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    assert json.loads(response.content) == openapi.document()
    call_command("device_openapi", check=True, stdout=StringIO())


def test_document_that_is_not_current_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openapi, "PAGE", tmp_path / "page.json")
    with pytest.raises(CommandError, match="device_openapi"):
        call_command("device_openapi", check=True, stdout=StringIO())
    call_command("device_openapi", stdout=StringIO())
    call_command("device_openapi", check=True, stdout=StringIO())


def test_probe_answers_without_a_database(surface: None) -> None:
    with down("eu", "default"):
        response = Client().get("/device/v1/healthz")
    assert json.loads(response.content) == {"ok": True}
    assert response["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["openapi.json", "healthz"])
def test_document_and_probe_are_only_read(surface: None, path: str) -> None:
    response = Client().post(f"/device/v1/{path}")
    assert problem(response)["code"] == "method_not_allowed"
    assert response["Allow"] == "GET"


def test_every_address_is_in_the_document_and_every_entry_is_an_address() -> None:
    routes = {
        "/" + re.sub(r"<\w+:(\w+)>", r"{\1}", route)
        for route, _ in patterns(get_resolver("portal.urls_device"))
    }
    assert routes == {end.path for end in all_endpoints()}
    assert set(openapi.document()["paths"]) == routes


def test_document_says_truly_who_must_sign() -> None:
    for _, pattern in patterns(get_resolver("portal.urls_device")):
        (end,) = (end for end in all_endpoints() if end.name == pattern.name)
        declaration = declared(pattern.callback)
        assert declaration is not None
        assert end.signed == (declaration.kind == "device")


def test_every_code_is_documented_at_some_address() -> None:
    told = {code for end in all_endpoints() for code in end.codes} | set(ANYWHERE)
    assert told == set(KINDS)


def test_every_code_in_the_source_is_a_kind_of_problem() -> None:
    """Refused raises KeyError for another; this finds it before a device does."""
    codes = set()
    for file in (ROOT / "rooms").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            called = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Refused"
            if called and node.args and isinstance(node.args[0], ast.Constant):
                codes.add(node.args[0].value)
    assert "malformed" in codes
    assert codes <= set(KINDS)


def test_references_of_the_document_lead_somewhere() -> None:
    document = openapi.document()
    text = json.dumps(document)
    for reference in {part.split('"')[0] for part in text.split('"$ref": "#/')[1:]}:
        inner = document
        for step in reference.split("/"):
            inner = inner[step]
        assert inner
