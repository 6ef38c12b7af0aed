"""The worker's job that signs commands, and where its keys come from."""

from __future__ import annotations

import json
import logging
import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from access.models import Tenant
from access.residency import REGIONS
from portal import celery
from rooms.command_keys import NoCommandKey, key_ring, listed_serial, refuse_without_keys
from rooms.command_signing import sign_waiting
from rooms.commands import (
    BadKeys,
    CommandKey,
    KeyRing,
    TrustedKeys,
    sign_command,
    trust_first,
    trust_keys,
    verify_command,
)
from rooms.commands.rotation import LIFE, NOTICE, first, following, read_key, spell, without
from tests.rooms.device_api.devices import Box, enrolled, order
from tests.rooms.signing import held, private

AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
Signed = Callable[[uuid.UUID], Any]


@pytest.fixture
def worker(as_worker: Callable[[], None], settings: Any) -> None:
    """This process is a worker that has keys."""
    settings.COMMAND_KEYS = private()
    as_worker()


@pytest.fixture
def box(tenant: Tenant) -> Box:
    """A device of the EU."""
    return enrolled(tenant)


@pytest.fixture
def signed(superuser: dict[str, psycopg.Connection]) -> Signed:
    """What stands as the signed form of a command."""

    def ask(command: uuid.UUID) -> Any:
        row = (
            superuser["eu"]
            .execute("select signed from rooms_devicecommand where id = %s", [command])
            .fetchone()
        )
        assert row is not None
        return row[0]

    return ask


def trusting(region: str = "eu") -> TrustedKeys:
    """What a device of the tests trusts."""
    return TrustedKeys(region, tuple(key.public for key in held(region).keys), 1)


# -- The job --------------------------------------------------------------------------------------


def test_waiting_commands_are_signed_once(box: Box, worker: None, signed: Signed) -> None:
    commands = [order(box, signed=None) for _ in range(3)]
    assert sign_waiting("eu") == 3
    first_time = [signed(command) for command in commands]
    for command, sent in zip(commands, first_time, strict=True):
        read = verify_command(
            sent, device=box.device.reference, trusted=trusting(), at=datetime.now(UTC)
        )
        assert (read.id, read.kind, read.parameters) == (
            command,
            "restart_device",
            {"when": "night"},
        )
    assert sign_waiting("eu") == 0
    assert [signed(command) for command in commands] == first_time


def test_signature_ends_with_the_command(box: Box, worker: None, signed: Signed) -> None:
    ends = datetime.now(UTC) + timedelta(minutes=7)
    command = order(box, signed=None, expires_at=ends)
    sign_waiting("eu")
    assert datetime.fromisoformat(signed(command)["expires_at"]) == ends


def test_signature_lasts_a_day_at_most(box: Box, worker: None, signed: Signed) -> None:
    command = order(box, signed=None, expires_at=datetime.now(UTC) + 3 * DAY)
    sign_waiting("eu")
    issued, expires = (
        datetime.fromisoformat(signed(command)[name]) for name in ("issued_at", "expires_at")
    )
    assert expires - issued == DAY


def test_expired_and_answered_commands_are_left_alone(
    box: Box, worker: None, signed: Signed
) -> None:
    past = datetime.now(UTC) - timedelta(minutes=1)
    late = order(box, signed=None, expires_at=past)
    answered = order(box, signed=None, answered_at=past, outcome="done")
    assert sign_waiting("eu") == 0
    assert signed(late) is None
    assert signed(answered) is None


def test_command_that_cannot_be_signed_ends_and_holds_up_nobody(
    box: Box,
    worker: None,
    signed: Signed,
    superuser: dict[str, psycopg.Connection],
    caplog: pytest.LogCaptureFixture,
) -> None:
    huge = order(box, signed=None, parameters={"text": "x" * 20_000})
    good = order(box, signed=None)
    with caplog.at_level(logging.ERROR):
        assert sign_waiting("eu") == 2
    assert str(huge) in caplog.text
    assert signed(good)["id"] == str(good)
    found = superuser["eu"].execute(
        "select outcome, detail_code from rooms_devicecommand where id = %s", [huge]
    )
    assert found.fetchall() == [("failed", "NOT_SIGNED")]


def test_two_workers_at_once_sign_each_command_once(
    tenant: Tenant, box: Box, worker: None, signed: Signed
) -> None:
    commands = [order(box, signed=None) for _ in range(40)]
    counts: list[int] = []

    def work() -> None:
        counts.append(sign_waiting("eu"))
        connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sign_waiting("eu")
    assert sum(counts) <= 40
    assert all(signed(command) for command in commands)


def test_without_a_valid_key_commands_wait(
    box: Box, worker: None, signed: Signed, settings: Any
) -> None:
    command = order(box, signed=None)
    ended = CommandKey.from_seed(b"1" * 32, AT - 900 * DAY, AT - 800 * DAY)
    settings.COMMAND_KEYS = {"eu": spell(ended)}
    with pytest.raises(BadKeys, match="no command key"):
        sign_waiting("eu")
    settings.COMMAND_KEYS = {}
    with pytest.raises(NoCommandKey, match="COMMAND_KEYS_EU"):
        sign_waiting("eu")
    assert signed(command) is None


def test_job_is_woken_up_in_every_region() -> None:
    for region in REGIONS:
        entry = celery.schedule_of(region)[f"sign commands in {region}"]
        assert (entry["task"], entry["args"]) == ("rooms.sign_commands", [region])


# -- Keys of processes ----------------------------------------------------------------------------


def test_worker_without_keys_does_not_start(settings: Any) -> None:
    settings.COMMAND_KEYS = private() | {"apac": ""}
    with pytest.raises(NoCommandKey, match="COMMAND_KEYS_APAC"):
        refuse_without_keys()
    with pytest.raises(SystemExit, match="make_command_keys"):
        celery.refuse_to_work_without_command_keys()
    settings.COMMAND_KEYS = private()
    refuse_without_keys()


def test_worker_whose_keys_have_ended_does_not_start(settings: Any) -> None:
    ended = CommandKey.from_seed(b"1" * 32, AT - 900 * DAY, AT - 800 * DAY)
    settings.COMMAND_KEYS = private() | {"us": spell(ended)}
    with pytest.raises(NoCommandKey, match="--next"):
        refuse_without_keys()


@pytest.mark.parametrize("text", ["x", "a/b/c", "2026-01-01T00:00:00Z/2027-01-01T00:00:00Z/zz"])
def test_key_that_is_none_is_refused_without_being_repeated(settings: Any, text: str) -> None:
    settings.COMMAND_KEYS = {"eu": text}
    with pytest.raises(NoCommandKey) as caught:
        key_ring("eu")
    assert "COMMAND_KEYS_EU" in str(caught.value)
    assert text not in str(caught.value).removeprefix("COMMAND_KEYS_EU:").split()


def test_no_list_is_serial_nought(settings: Any) -> None:
    settings.COMMAND_KEY_LISTS = {}
    assert listed_serial("eu") == 0


# -- From one key to the next ---------------------------------------------------------------------


def test_keys_are_spelled_and_read() -> None:
    (key,) = first("eu", AT).keys
    again = read_key(spell(key))
    assert again.public == key.public


def test_new_key_is_told_before_it_signs() -> None:
    old = first("eu", AT)
    device = trust_first("eu", old.listed, AT)
    new = following(old, AT + DAY)
    assert new.serial == 2
    device = trust_keys(device, new.listed, AT + 2 * DAY)
    ring = KeyRing("eu", new.keys)
    assert ring.signer(AT + 2 * DAY) == old.keys[0]
    late = AT + DAY + NOTICE + DAY
    assert ring.signer(late) == new.keys[1]
    for at in (AT + 2 * DAY, late):
        sent = sign_command(
            ring,
            command_id=uuid.uuid4(),
            device="DV-AAAA",
            kind="restart_app",
            parameters={},
            issued_at=at,
            expires_at=at + DAY,
        )
        verify_command(sent, device="DV-AAAA", trusted=device, at=at)


def test_device_that_was_away_for_a_year_follows() -> None:
    old = first("eu", AT)
    device = trust_first("eu", old.listed, AT)
    newer = following(following(old, AT + 100 * DAY), AT + 300 * DAY)
    assert trust_keys(device, newer.listed, AT + 500 * DAY).serial == 3


def test_device_that_was_away_for_longer_than_its_key_lasts_does_not() -> None:
    old = first("eu", AT)
    device = trust_first("eu", old.listed, AT)
    late = AT + LIFE + DAY
    newer = following(following(old, AT + 300 * DAY), late)
    with pytest.raises(BadKeys, match="No trusted key"):
        trust_keys(device, newer.listed, late)


def test_key_that_was_taken_away_is_trusted_no_more() -> None:
    both = following(first("eu", AT), AT)
    device = trust_first("eu", both.listed, AT)
    stolen = both.keys[0].public.key_id
    rest = without(both, stolen, AT + NOTICE + DAY)
    assert trust_keys(device, rest.listed, AT + NOTICE + DAY).find(stolen) is None
    with pytest.raises(BadKeys, match="no key"):
        without(both, "CK-nobody", AT)
    with pytest.raises(BadKeys, match="no valid command key"):
        without(both, stolen, AT)  # the other has not begun


def test_first_list_must_fit_together() -> None:
    listed = first("eu", AT).listed
    for broken in (listed | {"serial": 2}, listed | {"region": "us"}, {"region": "eu"}):
        with pytest.raises(BadKeys):
            trust_first("eu", broken, AT)
    with pytest.raises(BadKeys, match="another region"):
        trust_first("us", listed, AT)


# -- The command that makes them ------------------------------------------------------------------


def make(*words: str) -> str:
    said = StringIO()
    call_command("make_command_keys", *words, stdout=said)
    return said.getvalue()


def test_keys_are_made_once_and_followed(tmp_path: Path, settings: Any) -> None:
    settings.COMMAND_KEYS_DIR = tmp_path / "commands"
    make()
    path = tmp_path / "commands" / "keys.json"
    assert path.stat().st_mode & 0o777 == 0o600
    made = json.loads(path.read_text())
    assert set(made) == set(settings.PORTAL_REGIONS)
    make()
    assert json.loads(path.read_text()) == made
    assert "list 2" in make("--next")
    newer = json.loads(path.read_text())
    for region in made:
        assert newer[region]["keys"][0] == made[region]["keys"][0]
        assert len(newer[region]["keys"]) == 2
    settings.COMMAND_KEYS = {name: " ".join(told["keys"]) for name, told in newer.items()}
    settings.COMMAND_KEY_LISTS = {name: json.dumps(told["list"]) for name, told in newer.items()}
    refuse_without_keys()
    assert listed_serial("eu") == 2


def test_one_key_is_taken_away_and_an_unknown_one_is_said(tmp_path: Path, settings: Any) -> None:
    settings.COMMAND_KEYS_DIR = tmp_path
    make()
    make("--next")
    before = json.loads((tmp_path / "keys.json").read_text())
    name = read_key(before["eu"]["keys"][1]).public.key_id
    make("--without", name)
    after = json.loads((tmp_path / "keys.json").read_text())
    assert after["eu"]["keys"] == before["eu"]["keys"][:1]
    assert after["us"] == before["us"]
    with pytest.raises(CommandError, match="Nothing was changed"):
        make("--without", name)
    assert json.loads((tmp_path / "keys.json").read_text()) == after
