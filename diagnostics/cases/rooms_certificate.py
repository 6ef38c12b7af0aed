"""Check a deletion certificate of Rooms Ops, offline and without trusting who handed it over.

One file on purpose: Python 3.9 or newer and the `cryptography` package are all it needs. Exit
codes: 0 verified, 1 wrong, 2 cannot be read, 3 right in itself but the key was not compared with
one that you know (give it with --key, as the service publishes it).
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import json
import re
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT = "rooms-ops deletion certificate v1"
LARGEST = 16 << 20  # bytes of a certificate; one with a hundred thousand keys has about 4 MB
DEEPEST = 12
VERIFIED, WRONG, UNREADABLE, UNKNOWN_KEY = range(4)
WORDS = ("verified", "wrong", "unreadable", "key not compared")
HEX_64 = re.compile(r"[0-9a-f]{64}")
HEX_OR_NOTHING = re.compile(r"([0-9a-f]{64})?")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z")
GROUPS = {"operations", "security"}


class Unreadable(Exception):
    """It is no certificate; the message says why."""


class Wrong(Exception):
    """It is one, and it does not hold; the message says where."""


def read(path: str) -> dict[str, Any]:
    """The document in a file. Raises Unreadable."""
    try:
        with Path(path).open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise Unreadable(f"It cannot be read: {error.strerror}.") from error
    if len(data) > LARGEST:
        raise Unreadable(f"It has more than {LARGEST} bytes.")
    try:
        found = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_once,
            parse_float=_refuse,
            parse_constant=_refuse,
            parse_int=_whole,
        )
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise Unreadable(f"It is not JSON as a certificate has it: {error}") from error
    if not isinstance(found, dict) or set(found) != {"certificate", "key", "signature"}:
        raise Unreadable("It has not just the members certificate, key and signature.")
    if not isinstance(found["certificate"], dict):
        raise Unreadable("Its statement is no object.")
    _shallow(found, DEEPEST)
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member stands there twice")
    return found


def _refuse(text: str) -> Any:
    raise ValueError("a number that is not whole")


def _whole(text: str) -> int:
    if len(text) > 16:
        raise ValueError("a number of more than 16 digits")
    return int(text)


def _shallow(value: Any, left: int) -> None:
    """Refuse what is nested too deep, or holds half of a surrogate pair."""
    if left < 0:
        raise Unreadable("It is nested too deep.")
    if isinstance(value, str):
        try:
            value.encode("utf-8")
        except UnicodeEncodeError as error:
            raise Unreadable("It holds text that is none.") from error
    inside = value.values() if isinstance(value, dict) else value
    if isinstance(value, (dict, list)):
        for one in inside:
            _shallow(one, left - 1)


def canonical(statement: dict[str, Any]) -> bytes:
    """The statement as it was signed: RFC 8785, for texts, whole numbers and ASCII names."""
    if any(not name.isascii() for name in _names(statement)):
        raise Unreadable("A name of a member is not ASCII.")
    text = json.dumps(statement, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8")


def _names(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [*value, *(name for one in value.values() for name in _names(one))]
    if isinstance(value, list):
        return [name for one in value for name in _names(one)]
    return []


def public_key(text: Any) -> tuple[str, bytes]:
    """Name and public key of a verifier key (C2SP signed-note). Raises Unreadable."""
    try:
        name, number, material = text.split("+", 2)
        raw = base64.b64decode(material, validate=True)
    except (AttributeError, ValueError, binascii.Error) as error:
        raise Unreadable("The key is not name+id+key.") from error
    if len(raw) != 33 or raw[0] != 1:
        raise Unreadable("The key is no Ed25519 key.")
    digest = hashlib.sha256(name.encode("utf-8", "replace") + b"\n" + raw).hexdigest()
    if digest[:8] != number:
        raise Unreadable("The id of the key is not that of the key.")
    return name, raw[1:]


def check_signature(document: dict[str, Any]) -> str:
    """The name of the key that has signed. Raises Wrong or Unreadable."""
    name, public = public_key(document["key"])
    try:
        signature = base64.b64decode(document["signature"], validate=True)
        Ed25519PublicKey.from_public_bytes(public).verify(
            signature, FORMAT.encode() + b"\n" + canonical(document["certificate"])
        )
    except (TypeError, ValueError, binascii.Error) as error:
        raise Unreadable("The signature is not base64.") from error
    except InvalidSignature as error:
        raise Wrong("The signature is not that of this statement.") from error
    return name


def check_statement(statement: dict[str, Any]) -> None:
    """What must hold of any certificate. Raises Wrong or Unreadable."""
    try:
        _check(statement)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise Unreadable(f"The statement lacks something: {error!r}") from error


def _check(said: dict[str, Any]) -> None:
    if said["format"] != FORMAT:
        raise Unreadable("It is of another format.")
    _holds(bool(said["tables"]), "It counts no table.")
    for row in said["tables"]:
        _holds(_is_count(row["before"]) and _is_count(row["after"]), "A count is no count.")
        _holds(row["after"] == 0, f"{row['table']} still has {row['after']} rows.")
    names = [row["table"] for row in said["tables"]]
    _holds(len(names) == len(set(names)), "A table is counted twice.")
    approved = said["approved"]
    _holds({vote["for"] for vote in approved} >= GROUPS, "It lacks an approval of a group.")
    people = [vote["by"] for vote in approved]
    _holds(len(set(people)) == len(people) >= 2, "Two different people approve.")
    _holds(said["opened"]["by"] not in people, "Whoever opened it has approved it.")
    times = [said["opened"]["at"], *sorted(vote["at"] for vote in approved)]
    times += [said["executed"]["at"], said["certified_at"], said["backups"]["gone_by"]]
    _holds(all(TIME.fullmatch(one) for one in times), "A time is no time.")
    moments = [datetime.fromisoformat(one[:-1]) for one in times]
    _holds(moments == sorted(moments), "What happened is not in order.")
    gone = said["destroyed"]
    _holds(all(UUID.fullmatch(key) for key in gone["keys"]), "An id of a key is none.")
    digest = hashlib.sha256("\n".join(gone["keys"]).encode()).hexdigest()
    _holds(digest == gone["keys_sha256"], "The hash of the keys is not that of the keys.")
    _holds(bool(HEX_OR_NOTHING.fullmatch(gone["chain_sha256"])), "The chain's end is no hash.")
    _holds(_is_count(said["record"]["size"]), "The size of the log is no number.")
    _holds(bool(HEX_64.fullmatch(said["record"]["root_sha256"])), "The log's root is no hash.")


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _holds(true: bool, sentence: str) -> None:
    if not true:
        raise Wrong(sentence)


def judge(path: str, key: str = "") -> dict[str, Any]:
    """The whole check, as an answer with an exit code."""
    answer: dict[str, Any] = {"file": path}
    try:
        document = read(path)
        answer["signed_by"] = check_signature(document)
        said = document["certificate"]
        check_statement(said)
        answer["sha256"] = hashlib.sha256(canonical(said)).hexdigest()
        answer |= {name: said[name] for name in ("case", "kind", "tenant", "region", "record")}
        answer["rows_before"] = sum(row["before"] for row in said["tables"])
        answer["keys"] = len(said["destroyed"]["keys"])
        answer["gone_from_backups_by"] = said["backups"]["gone_by"]
        if key and public_key(key) != public_key(document["key"]):
            raise Wrong("It is signed with another key than the one you gave.")
        code = VERIFIED if key else UNKNOWN_KEY
    except Wrong as wrong:
        code, answer["why"] = WRONG, str(wrong)
    except Unreadable as unreadable:
        code, answer["why"] = UNREADABLE, str(unreadable)
    return answer | {"exit_code": code, "result": WORDS[code]}


def main(argv: list[str] | None = None) -> int:
    """The command: print the answer, return the exit code."""
    parser = argparse.ArgumentParser(description="Check a deletion certificate of Rooms Ops.")
    parser.add_argument("file", help="the certificate, as it was downloaded")
    parser.add_argument("--key", default="", help="the verifier key that the service publishes")
    parser.add_argument("--json", action="store_true", help="print the answer as JSON")
    given = parser.parse_args(argv)
    answer = judge(given.file, given.key)
    if given.json:
        print(json.dumps(answer, ensure_ascii=True, indent=2))
    else:
        for name, value in answer.items():
            print(f"{name}: {json.dumps(value, ensure_ascii=True)}")
    return int(answer["exit_code"])


if __name__ == "__main__":
    sys.exit(main())
