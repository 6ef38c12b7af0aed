"""Commands: signed by the region, for one device, for a while, and never twice."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from rooms.commands import (
    BadKeys,
    CommandKey,
    KeyRing,
    Ledger,
    Malformed,
    PublicKey,
    TrustedKeys,
    Untrusted,
    Why,
    sign_command,
    sign_keys,
    trust_keys,
    verify_command,
)
from rooms.commands.keys import MOST_KEYS

AT = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
ID = uuid.UUID(int=42)
ROOT = Path(__file__).resolve().parents[3]
DEVICE = "DV-AAAA-1111"

OLD = CommandKey.from_seed(b"1" * 32, AT - 90 * DAY, AT + 10 * DAY)
NEW = CommandKey.from_seed(b"2" * 32, AT - 1 * DAY, AT + 90 * DAY)
STRANGER = CommandKey.from_seed(b"3" * 32, AT - 90 * DAY, AT + 90 * DAY)
TRUSTED = TrustedKeys("eu", (OLD.public, NEW.public), serial=4)


def signed(*keys: CommandKey, region: str = "eu", **other: Any) -> dict[str, Any]:
    told: dict[str, Any] = {
        "command_id": ID,
        "device": DEVICE,
        "kind": "reset_usb",
        "parameters": {"target": "port", "at": "USB 3"},
        "issued_at": AT,
        "expires_at": AT + 30 * MINUTE,
    }
    return sign_command(KeyRing(region, keys or (OLD, NEW)), **(told | other))


def verified(sent: object, **other: Any) -> Any:
    told: dict[str, Any] = {"device": DEVICE, "trusted": TRUSTED, "at": AT + MINUTE}
    return verify_command(sent, **(told | other))


def refusal(sent: object, **other: Any) -> Why:
    with pytest.raises(Untrusted) as refused:
        verified(sent, **other)
    return refused.value.why


def test_command_survives_its_journey_as_json():
    command = verified(json.loads(json.dumps(signed())))
    assert (command.id, command.kind) == (ID, "reset_usb")
    assert command.parameters == {"target": "port", "at": "USB 3"}


def test_same_command_is_signed_to_the_same_bytes():
    assert json.dumps(signed()) == json.dumps(signed())


def test_what_is_signed_says_that_it_is_a_command():
    sent = signed(OLD)
    signature = base64.b64decode(sent.pop("signature"))
    text = rfc8785.dumps(sent)
    assert OLD.public.holds(signature, b"rooms-ops command v1\n" + text)
    assert not OLD.public.holds(signature, text)


def test_verifier_needs_neither_django_nor_the_models():
    loaded = "import rooms.commands, sys; print('django' in sys.modules, 'psycopg' in sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", loaded], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert run.stdout.split() == ["False", "False"]


def test_order_of_members_does_not_matter():
    sent = signed()
    assert verified(dict(reversed(sent.items()))) == verified(sent)


@pytest.mark.parametrize(
    "change",
    [
        {"id": str(uuid.UUID(int=43))},
        {"kind": "restart_device"},
        {"parameters": {"target": "port", "at": "USB 4"}},
        {"parameters": {}},
        {"device": "DV-BBBB-2222"},
        {"region": "us"},
        {"issued_at": "2026-11-22T23:31:00.000000Z"},
        {"expires_at": "2026-11-23T23:00:00.000000Z"},
        # the same moment, spelled otherwise: what was sent is what was signed
        {"expires_at": "2026-11-23T00:00:00Z"},
        {"key_id": NEW.public.key_id},
    ],
)
def test_any_change_breaks_the_signature(change):
    sent = signed(OLD)
    assert refusal(sent | change) == Why.BAD_SIGNATURE


@pytest.mark.parametrize("member", sorted(signed()))
def test_member_that_is_missing_makes_no_command(member):
    sent = signed()
    del sent[member]
    # the version has a default, which nobody signed
    expected = Why.BAD_SIGNATURE if member == "v" else Why.MALFORMED
    assert refusal(sent) == expected


@pytest.mark.parametrize(
    "sent",
    [
        None,
        [],
        "x",
        {},
        {1: 2},
        signed() | {"more": 1},
        signed() | {"v": 2},
        signed() | {"id": "42"},
        signed() | {"parameters": []},
        signed() | {"parameters": {"n": 2**60}},
        signed() | {"parameters": {"n": float("nan")}},
        signed() | {"parameters": {"n": "x" * 20_000}},
        signed() | {"kind": "reset usb"},
        signed() | {"issued_at": "2026-11-22T23:30:00"},
        signed() | {"signature": "?"},
        signed() | {"signature": 7},
    ],
)
def test_what_is_no_command_is_refused(sent):
    assert refusal(sent) == Why.MALFORMED


def test_signature_of_a_stranger_is_refused():
    assert refusal(signed(STRANGER)) == Why.UNKNOWN_KEY
    forged = signed(STRANGER) | {"key_id": OLD.public.key_id}
    assert refusal(forged) == Why.BAD_SIGNATURE


def test_signature_of_the_wrong_length_is_refused():
    short = base64.b64encode(b"short").decode()
    assert refusal(signed() | {"signature": short}) == Why.BAD_SIGNATURE


def test_command_for_another_device_or_region_is_refused():
    assert refusal(signed(device="DV-BBBB-2222")) == Why.OTHER_DEVICE
    assert refusal(signed(region="us")) == Why.OTHER_REGION


@pytest.mark.parametrize(
    ("later", "why"),
    [
        (-1.01 * MINUTE, Why.NOT_YET),
        (-1 * MINUTE, None),
        (29.9 * MINUTE, None),
        (30 * MINUTE, Why.EXPIRED),
        (40 * DAY, Why.EXPIRED),
    ],
)
def test_command_holds_from_its_issue_to_its_end(later, why):
    if why is None:
        assert verified(signed(), at=AT + later)
    else:
        assert refusal(signed(), at=AT + later) == why


def test_command_lasts_a_day_at_most():
    with pytest.raises(Malformed, match="a day at most"):
        signed(expires_at=AT + DAY + MINUTE)
    with pytest.raises(Malformed, match="ends after"):
        signed(expires_at=AT)


# -- Keys ---------------------------------------------------------------------------------------


def test_newest_valid_key_signs_and_both_are_trusted_while_they_overlap():
    assert signed()["key_id"] == NEW.public.key_id
    assert signed(OLD)["key_id"] == OLD.public.key_id
    assert verified(signed(OLD))
    assert verified(signed())
    before = signed(issued_at=AT - 2 * DAY, expires_at=AT - 2 * DAY + MINUTE)
    assert before["key_id"] == OLD.public.key_id


def test_key_that_has_ended_signs_nothing_and_is_not_believed():
    with pytest.raises(BadKeys, match="no command key"):
        signed(OLD, issued_at=AT + 11 * DAY, expires_at=AT + 11 * DAY + MINUTE)
    forever = CommandKey(OLD.private, PublicKey(OLD.public.raw, AT, AT + 900 * DAY))
    late = AT + 11 * DAY
    stolen = signed(forever, issued_at=late, expires_at=late + MINUTE)
    assert refusal(stolen, at=late) == Why.KEY_NOT_VALID


def test_private_key_is_not_shown():
    assert "private" not in repr(OLD)


def test_list_of_keys_is_trusted_when_a_trusted_key_signed_it():
    first = TrustedKeys("eu", (OLD.public,), serial=1)
    told = sign_keys(KeyRing("eu", (OLD,)), [OLD.public, NEW.public], 2, AT)
    then = trust_keys(first, json.loads(json.dumps(told)), AT)
    assert [key.key_id for key in then.keys] == [OLD.public.key_id, NEW.public.key_id]
    assert verified(signed(NEW), trusted=then)
    only = trust_keys(then, sign_keys(KeyRing("eu", (NEW,)), [NEW.public], 3, AT), AT)
    assert refusal(signed(OLD), trusted=only) == Why.UNKNOWN_KEY


@pytest.mark.parametrize(
    ("ring", "serial", "at", "words"),
    [
        (KeyRing("eu", (STRANGER,)), 5, AT, "No trusted key"),
        (KeyRing("us", (OLD,)), 5, AT, "another region"),
        (KeyRing("eu", (OLD,)), 4, AT, "newer list"),
        (KeyRing("eu", (OLD,)), 5, AT + 20 * DAY, "No trusted key"),
    ],
)
def test_list_of_keys_that_is_not_ours_or_not_new_is_refused(ring, serial, at, words):
    told = sign_keys(ring, [STRANGER.public], serial, AT)
    with pytest.raises(BadKeys, match=words):
        trust_keys(TRUSTED, told, at)


def test_list_of_keys_that_was_changed_is_refused():
    told = sign_keys(KeyRing("eu", (OLD,)), [OLD.public], 5, AT)
    other = sign_keys(KeyRing("eu", (OLD,)), [STRANGER.public], 5, AT)
    with pytest.raises(BadKeys, match="does not hold"):
        trust_keys(TRUSTED, told | {"keys": other["keys"]}, AT)
    # a command's signature is no signature of a list
    with pytest.raises(BadKeys, match="does not hold"):
        trust_keys(TRUSTED, told | {"signature": signed(OLD)["signature"]}, AT)


@pytest.mark.parametrize(
    "change",
    [
        {"keys": []},
        {"keys": None},
        {"keys": [{}]},
        {"keys": [{"public": "AA==", "begins_at": "2026-01-01T00:00:00Z",
                   "ends_at": "2027-01-01T00:00:00Z"}]},
        {"keys": [{"public": "?", "begins_at": "x", "ends_at": "y"}]},
        {"serial": True},
        {"region": 1},
    ],
)  # fmt: skip
def test_what_is_no_list_of_keys_is_refused(change):
    told = TRUSTED.to_json() | change
    with pytest.raises(BadKeys):
        TrustedKeys.from_json(told)


def test_too_many_keys_are_refused():
    told = TRUSTED.to_json()
    told["keys"] = told["keys"][:1] * (MOST_KEYS + 1)
    with pytest.raises(BadKeys, match="one to 8"):
        TrustedKeys.from_json(told)


# -- Never twice --------------------------------------------------------------------------------


def test_command_that_comes_again_is_answered_and_not_run():
    command, ledger = verified(signed()), Ledger()
    assert ledger.begin(command) is None
    ledger.end(command.id, "done")
    again = ledger.begin(command)
    assert again is not None
    assert (again.outcome, again.interrupted) == ("done", False)


def test_device_that_restarts_midway_knows_that_it_had_begun():
    command, ledger = verified(signed()), Ledger()
    ledger.begin(command)
    after_restart = Ledger.from_json(json.loads(json.dumps(ledger.to_json())))
    again = after_restart.begin(command)
    assert again is not None
    assert again.interrupted


def test_command_is_remembered_for_as_long_as_it_could_be_believed():
    command, ledger = verified(signed()), Ledger()
    ledger.begin(command)
    ledger.forget(command.expires_at)
    assert ledger.begin(command) is not None
    ledger.forget(command.expires_at + DAY)
    assert ledger.entries == {}
    assert refusal(signed(), at=command.expires_at + DAY) == Why.EXPIRED


def test_command_that_never_began_does_not_end():
    with pytest.raises(KeyError):
        Ledger().end(ID, "done")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=8), json_values, max_size=4), st.data())
def test_parameters_of_any_kind_arrive_as_they_were_signed(parameters, data):
    sent = json.loads(json.dumps(signed(parameters=parameters)))
    assert verified(sent).parameters == parameters
    other = data.draw(st.dictionaries(st.text(max_size=8), json_values, max_size=4))
    forged = sent | {"parameters": other}
    if json.dumps(other, sort_keys=True) == json.dumps(parameters, sort_keys=True):
        assert verified(forged)
    else:
        assert refusal(forged) == Why.BAD_SIGNATURE
