"""The OpenAPI 3.1 document of the device surface, made from the models and the tables of data."""

from __future__ import annotations

import json
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from rooms.device_api import profile
from rooms.device_api.answers import JSON
from rooms.device_api.endpoints import ANYWHERE, Endpoint, all_endpoints
from rooms.device_api.problems import KINDS, MEDIA_TYPE, TYPES

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "device-openapi.json"
SCHEMAS: Final = "#/components/schemas/"

ABOUT: Final = f"""What devices call. Every request but those marked public is signed (RFC 9421):
ECDSA P-256 with SHA-256 over {" ".join(f'`"{name}"`' for name in profile.COVERED_WITH_BODY)}
(the last two where there is a body), with `created`, `keyid`, `nonce` (16 to 64 characters, used
once) and `tag="{profile.TAG}"`, without `alg`; the signature is r || s, 64 bytes. `created` is
service time, which every answer tells in `Date`; it may be {int(profile.WINDOW.total_seconds())}
seconds old. After `clock_skew` a device sets its offset and signs once more, with the nonce that
`Accept-Signature` gives. Every error is a problem document (RFC 9457) whose `code` decides what to
do. A report that was answered with 202 is stored; one that was not may be sent again."""


def text() -> str:
    """The document as it is served and kept."""
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


def document() -> dict[str, Any]:
    """The whole document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Rooms Ops device surface",
            "version": "1",
            "description": " ".join(ABOUT.split()),
        },
        "paths": {path: _item(path, ends) for path, ends in _by_path()},
        "components": {
            "schemas": _schemas(),
            "responses": {code: _problem(code) for code in sorted(KINDS)},
            "headers": {
                "Date": _header("Service time; a device keeps its offset from it.", "string"),
                "Retry-After": _header("In how many seconds to send again.", "integer"),
                "Accept-Signature": _header("How to sign, and with which nonce.", "string"),
                "Allow": _header("The methods that are taken.", "string"),
            },
            "securitySchemes": {
                "signature": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Signature",
                    "description": "RFC 9421, as described above; with Signature-Input.",
                }
            },
        },
    }


def _by_path() -> list[tuple[str, list[Endpoint]]]:
    return [(path, list(ends)) for path, ends in groupby(all_endpoints(), key=lambda end: end.path)]


def _item(path: str, ends: list[Endpoint]) -> dict[str, Any]:
    """One address with its methods."""
    item: dict[str, Any] = {end.method.lower(): _operation(end) for end in ends}
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    if names:
        item["parameters"] = [
            {"name": name, "in": "path", "required": True, "schema": _PARTS[name]} for name in names
        ]
    return item


_PARTS: Final[dict[str, dict[str, Any]]] = {
    "command": {"type": "string", "format": "uuid"},
    "challenge": {"type": "string", "pattern": "^[a-z]{2,8}\\.[A-Za-z0-9_-]{43}$"},
    "collection": {"type": "string", "pattern": "^COL-[0-9A-Z]{4,12}$"},
    "upload": {"type": "string", "pattern": "^[a-z]{2,8}\\.[A-Za-z0-9_-]{43}$"},
    "offset": {"type": "integer", "minimum": 0},
}


def _operation(end: Endpoint) -> dict[str, Any]:
    """One address and method."""
    operation: dict[str, Any] = {"operationId": end.name, "summary": end.summary}
    operation["security"] = [{"signature": []}] if end.signed else []
    if end.body is not None:
        operation["description"] = f"At most {end.most:,} bytes."
        operation["requestBody"] = {"required": True, "content": _json(end.body)}
    elif end.most:
        operation["description"] = f"At most {end.most:,} bytes."
        binary = {"schema": {"type": "string", "format": "binary"}}
        content = {"application/octet-stream": binary}
        operation["requestBody"] = {"required": True, "content": content}
    if end.query:
        operation["parameters"] = [
            {
                "name": one.name,
                "in": "query",
                "description": one.about,
                "schema": {"type": "integer", "minimum": 0, "maximum": one.most},
            }
            for one in end.query
        ]
    operation["responses"] = _responses(end)
    return operation


def _responses(end: Endpoint) -> dict[str, Any]:
    """The good answer, and the problems: those of one status share an entry."""
    good: dict[str, Any] = {"description": _first_line(end.answer) if end.answer else end.summary}
    names = ["Date", *(["Retry-After"] if end.later else [])] if end.answer else []
    good["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
    good["content"] = _json(end.answer) if end.answer else {JSON: {"schema": {"type": "object"}}}
    responses: dict[str, Any] = {str(end.status): good}
    by_status: dict[int, list[str]] = {}
    for code in (*end.codes, *ANYWHERE):
        by_status.setdefault(KINDS[code].status, []).append(code)
    for status, codes in sorted(by_status.items()):
        if len(codes) == 1:
            responses[str(status)] = {"$ref": f"#/components/responses/{codes[0]}"}
        else:
            responses[str(status)] = _one_of(codes)
    return responses


def _one_of(codes: list[str]) -> dict[str, Any]:
    """An answer that is one of several problems."""
    told = [_problem(code) for code in codes]
    headers: dict[str, Any] = {}
    for answer in told:
        headers |= answer["headers"]
    schema = {
        "allOf": [
            {"$ref": f"{SCHEMAS}Problem"},
            {"properties": {"code": {"enum": codes}}},
        ]
    }
    return {
        "description": " ".join(f"`{code}`: {KINDS[code].detail}" for code in codes),
        "headers": headers,
        "content": {MEDIA_TYPE: {"schema": schema}},
    }


def _problem(code: str) -> dict[str, Any]:
    """One kind of problem."""
    kind = KINDS[code]
    names = ["Date"]
    names += ["Retry-After"] if kind.retries else []
    names += ["Accept-Signature"] if kind.signs else []
    names += ["Allow"] if code == "method_not_allowed" else []
    schema = {
        "allOf": [
            {"$ref": f"{SCHEMAS}Problem"},
            {"properties": {"code": {"const": code}, "type": {"const": TYPES + code}}},
        ]
    }
    return {
        "description": f"`{code}`: {kind.detail}",
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in names},
        "content": {MEDIA_TYPE: {"schema": schema}},
    }


def _schemas() -> dict[str, Any]:
    """The models of what goes in and out."""
    models: dict[type[BaseModel], str] = {}
    for end in all_endpoints():
        models |= {model: mode for model, mode in ((end.body, "in"), (end.answer, "out")) if model}
    _, made = models_json_schema(
        [
            (model, "validation" if mode == "in" else "serialization")
            for model, mode in models.items()
        ],
        ref_template=SCHEMAS + "{model}",
    )
    return dict(sorted((made["$defs"] | {"Problem": _PROBLEM}).items()))


_PROBLEM: Final[dict[str, Any]] = {
    "title": "Problem",
    "type": "object",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "what to do"},
        "code": {"type": "string"},
        "field": {"type": "string", "description": "the field at fault"},
        "kind": {"type": "string", "description": "the kind of content that was found"},
        "offset": {"type": "integer", "description": "where an upload goes on"},
    },
}


def _json(model: type[BaseModel]) -> dict[str, Any]:
    return {JSON: {"schema": {"$ref": SCHEMAS + model.__name__}}}


def _header(description: str, kind: str) -> dict[str, Any]:
    return {"description": description, "schema": {"type": kind}}


def _first_line(model: type[BaseModel]) -> str:
    return (model.__doc__ or "").strip().splitlines()[0]
