"""The second step: a challenge is answered once, rightly, by the TPM it was made for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from django.db import connections

from access.models import Tenant
from rooms.models import Room
from rooms.tpm.soft import SoftTpm
from tests.rooms.enrolment.agents import (
    Agent,
    Rows,
    again,
    code,
    register,
    text,
    why_refused,
)


def test_wrong_secret_is_refused_and_uses_the_challenge_up(agent: Agent, rows: Rows) -> None:
    given = agent.challenge()
    assert code(agent.complete(given, agent.proof(given, bytes(32)))) == (403, "enrolment_refused")
    assert code(agent.complete(given)) == (410, "challenge_used")
    assert why_refused(rows) == ["secret_wrong"]
    assert rows("select 1 from rooms_deviceidentity") == []
    agent.enrol()  # the enrolment key was not used up by it


def test_statement_about_another_key_is_refused(agent: Agent, rows: Rows) -> None:
    given = agent.challenge()
    secret = agent.opened(given)
    agent_key = agent.tpm.key
    agent.tpm.rotate()
    body = agent.proof(given, secret)
    agent.tpm.key = agent_key
    assert code(agent.complete(given, body)) == (403, "enrolment_refused")
    assert why_refused(rows) == ["statement_key"]


def test_statement_by_another_tpm_is_refused(agent: Agent, rows: Rows) -> None:
    given = agent.challenge()
    body = agent.proof(given)
    other = SoftTpm.new()
    attestation, signature = other.certify_creation(given["challenge"], agent.opened(given))
    body |= {"attestation": text(attestation), "signature": text(signature)}
    assert code(agent.complete(given, body)) == (403, "enrolment_refused")
    assert why_refused(rows) == ["signature_wrong"]


def test_statement_for_another_challenge_is_refused(agent: Agent, rows: Rows) -> None:
    first, second = agent.challenge(), agent.challenge()
    body = agent.proof(second) | {"secret": text(agent.opened(first))}
    assert code(agent.complete(first, body)) == (403, "enrolment_refused")
    assert why_refused(rows) == ["statement_other"]
    assert agent.complete(second).status_code == 201


def test_answer_that_is_replayed_is_refused(agent: Agent) -> None:
    given = agent.challenge()
    body = agent.proof(given)
    assert agent.complete(given, body).status_code == 201
    assert code(agent.complete(given, body)) == (410, "challenge_used")


def test_challenge_that_is_too_old_is_refused(agent: Agent, held_clock: Any) -> None:
    given = agent.challenge()
    held_clock.shift(timedelta(seconds=121))
    assert code(agent.complete(given)) == (410, "expired")


def test_unknown_challenge_is_refused(agent: Agent) -> None:
    given = agent.challenge() | {"challenge": "eu." + "A" * 43}
    assert code(agent.complete(given)) == (401, "unknown_key")


def test_answer_signed_by_another_key_is_refused_and_costs_nothing(agent: Agent) -> None:
    given = agent.challenge()
    path, body = f"enrolments/{given['challenge']}", agent.proof(given)
    stranger = SoftTpm.new()
    answer = agent.signed(path, body, key_id=given["challenge"], sign=stranger.sign)
    assert code(answer) == (401, "signature_invalid")
    assert code(agent.post(path, body)) == (401, "signature_missing")
    assert agent.complete(given).status_code == 201


def test_answer_under_the_name_of_another_challenge_is_refused(agent: Agent) -> None:
    first, second = agent.challenge(), agent.challenge()
    path = f"enrolments/{first['challenge']}"
    answer = agent.signed(path, agent.proof(first), key_id=second["challenge"])
    assert code(answer) == (401, "signature_invalid")


def test_enrolment_key_serves_one_device(agent: Agent, tenant: Tenant, room: Room) -> None:
    other = Agent(agent.enrolment_key, serial="SN-2")
    register(tenant, room, other.tpm.ek_id)
    first, second = agent.challenge(), other.challenge()
    assert agent.complete(first).status_code == 201
    assert code(other.complete(second)) == (403, "enrolment_refused")
    assert code(other.begin()) == (403, "enrolment_refused")


def test_two_answers_at_once_make_one_device(agent: Agent, rows: Rows) -> None:
    given = agent.challenge()
    body = agent.proof(given)

    def complete(_: int) -> tuple[int, str]:
        try:
            return code(Agent("", agent.tpm).complete(given, body))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(complete, range(4)))
    assert answers == [(201, "")] + [(410, "challenge_used")] * 3
    assert rows("select count(*) from rooms_deviceidentity") == [(1,)]


def test_two_challenges_of_one_tpm_answered_at_once_make_one_device(
    agent: Agent, tenant: Tenant, room: Room, rows: Rows
) -> None:
    agents = [agent, *(again(agent, tenant, room) for _ in range(3))]
    given = [one.challenge() for one in agents]
    bodies = [one.proof(challenge) for one, challenge in zip(agents, given, strict=True)]

    def complete(at: int) -> int:
        try:
            return agents[at].complete(given[at], bodies[at]).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(complete, range(4))) == [201] * 4
    assert len({one.device for one in agents}) == 1
    assert rows("select count(*) from rooms_devicekey where revoked_at is null") == [(1,)]
