"""System queries as rows to read, as a tree of USB devices, and as a difference between two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

# What tells the members of a list apart, so that a difference names them and not their places.
_NAMES: Final = ("instance", "kb", "name", "pid")
_STATES: Final = {"started": "ok", "problem": "fault", "disconnected": "fault"}
_IDS: Final = ("vendor_id", "product_id")
ROOT: Final = "computer"


@dataclass(frozen=True)
class Change:
    """One value that differs; empty text stands for "was not there"."""

    path: str
    before: str
    after: str


def flat(document: Any, path: str = "") -> dict[str, str]:
    """Every value by its path, such as `devices / 6&2A51 / state`, in the document's order."""
    if isinstance(document, Mapping):
        parts = document.items()
    elif isinstance(document, list):
        parts = _named(document).items()
    else:
        return {path: _words(document)}
    rows: dict[str, str] = {}
    for name, value in parts:
        rows |= flat(value, f"{path} / {name}" if path else str(name))
    return rows


def differences(before: Any, after: Any) -> list[Change]:
    """What changed from one answer to another, when it was made aside."""
    old, new = flat(before), flat(after)
    paths = [*new, *(path for path in old if path not in new)]
    return [
        Change(path, old.get(path, ""), new.get(path, ""))
        for path in paths
        if path != "made_at" and old.get(path) != new.get(path)
    ]


def usb_nodes(document: Mapping[str, Any]) -> list[dict[str, str]]:
    """The USB devices for the picture of connections; what is gone hangs where it was."""
    devices: Sequence[Mapping[str, Any]] = document.get("devices") or []
    known = {str(one.get("instance")) for one in devices}
    nodes = [{"id": ROOT, "label": "Computer", "detail": "", "parent": "", "state": "ok"}]
    for one in devices:
        parent = str(one.get("parent"))
        state = str(one.get("state"))
        code = one.get("problem_code") or 0
        nodes.append(
            {
                "id": str(one.get("instance")),
                "label": ", ".join(str(one[key]) for key in ("name", "port") if one.get(key)),
                "detail": _usb_id(one),
                "parent": parent if parent in known else ROOT,
                "state": _STATES.get(state, "unknown"),
                "words": {"problem": f"problem {code}", "disconnected": "not connected"}.get(
                    state, ""
                ),
            }
        )
    return nodes


def _usb_id(one: Mapping[str, Any]) -> str:
    parts = [str(one.get("speed") or "")]
    if one.get("vendor_id"):
        parts.insert(0, ":".join(str(one[key]) for key in _IDS if one.get(key)))
    return ", ".join(part for part in parts if part)


def _named(members: list[Any]) -> dict[str, Any]:
    """Members by name; by their place where they have none, or share one."""
    named: dict[str, Any] = {}
    for place, member in enumerate(members, start=1):
        name = str(place)
        if isinstance(member, Mapping):
            name = next((str(member[key]) for key in _NAMES if member.get(key)), name)
        named[name if name not in named else f"{name} ({place})"] = member
    return named


def _words(value: Any) -> str:
    if value is None or value == "":
        return "\N{EN DASH}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
