"""Step-up: a fresh code, for one act on one thing, by one person, once, and not for long."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Thread

import psycopg
import pytest
from django import forms
from django.contrib.sessions.backends.db import SessionStore
from django.db import connections
from django_otp.plugins.otp_totp.models import TOTPDevice

from access import clock, second_factor, step_up
from access.forms.sign_in import StepUpForm
from access.models import ControlEvent, Staff, StepUp
from access.step_up import StepUpRefused, consume, prove
from tests import people

Act = Callable[[], object]

MAX_AGE = timedelta(seconds=120)
THING = uuid.UUID("5d7a1f0e-0000-4000-8000-000000000001")
OTHER = uuid.UUID("5d7a1f0e-0000-4000-8000-000000000002")


def proven(staff: Staff, act: str = "vote", subject: uuid.UUID = THING) -> StepUp:
    return prove(
        staff=staff, act=act, subject=subject, code=people.code_of(staff), session=SessionStore()
    )


def refused_to_prove(staff: Staff, code: str, session: SessionStore) -> StepUpRefused:
    with pytest.raises(StepUpRefused) as refused:
        prove(staff=staff, act="vote", subject=THING, code=code, session=session)
    return refused.value


def wrong_code(staff: Staff) -> str:
    device = TOTPDevice.objects.get(user_id=staff.pk)
    step = (int(clock.now().timestamp()) - device.t0) // device.step
    good = {second_factor.code_at(device, step + offset) for offset in range(-3, 4)}
    return next(f"{n:06d}" for n in range(10) if f"{n:06d}" not in good)


def test_proof_counts_for_its_act_and_is_recorded(asha):
    proof = proven(asha)
    used = consume(proof.pk, asha, "vote", THING, MAX_AGE)
    assert used.method == "totp"
    assert StepUp.objects.get(pk=proof.pk).used_at is not None
    event = ControlEvent.objects.using("default_owner").get(type="step_up.proven")
    assert event.actor_id == asha.pk
    assert event.detail == {"act": "vote", "subject": str(THING), "method": "totp"}


def test_recovery_code_proves_too_once(asha):
    code = second_factor.renew_recovery_codes(asha)[0]
    proof = prove(staff=asha, act="start", subject=THING, code=code, session=SessionStore())
    assert proof.method == "recovery"
    assert refused_to_prove(asha, code, SessionStore()).reason == "wrong"


def test_code_used_before_proves_nothing(asha):
    code = people.code_of(asha)
    prove(staff=asha, act="vote", subject=THING, code=code, session=SessionStore())
    refused = refused_to_prove(asha, code, SessionStore())
    assert refused.reason == "used"
    assert "each code works once" in refused.sentence
    assert StepUp.objects.count() == 1


def test_code_of_the_sign_in_proves_nothing(client, asha):
    client.post("/sign-in/", {"email": asha.email, "password": people.PASSWORD})
    code = people.code_of(asha)
    client.post("/sign-in/code/", {"code": code})
    assert refused_to_prove(asha, code, SessionStore()).reason == "used"


def test_code_of_somebody_else_proves_nothing(asha, bo):
    assert refused_to_prove(asha, people.code_of(bo), SessionStore()).reason == "wrong"


def test_wrong_code_is_counted_and_recorded_without_the_code(asha):
    code = wrong_code(asha)
    refused_to_prove(asha, code, SessionStore())
    assert TOTPDevice.objects.get(user_id=asha.pk).throttling_failure_count == 1
    event = ControlEvent.objects.using("default_owner").get(type="step_up.refused")
    assert event.outcome == "refused"
    assert event.detail == {"act": "vote", "subject": str(THING), "reason": "wrong"}


def test_five_wrong_codes_end_the_session(asha, sign_in):
    client = sign_in(asha)
    for count in range(1, 6):
        answer = client.post("/me/recovery-codes/", {"code": wrong_code(asha)})
        assert answer.status_code == 422
        people.forget_codes(asha)
        assert (client.get("/me/").status_code == 200) is (count < 5)
    assert "Your session has ended" in answer.content.decode()


def test_right_code_forgets_the_wrong_ones(asha):
    session = SessionStore()
    for _ in range(4):
        refused_to_prove(asha, wrong_code(asha), session)
        people.forget_codes(asha)
    code = people.code_of(asha)
    prove(staff=asha, act="vote", subject=THING, code=code, session=session)
    assert step_up.FAILURES_KEY not in session


@pytest.mark.parametrize(("act", "subject"), [("start", THING), ("vote", OTHER)])
def test_proof_for_something_else_is_refused_and_stays_unused(asha, act, subject):
    proof = proven(asha)
    with pytest.raises(StepUpRefused) as refused:
        consume(proof.pk, asha, act, subject, MAX_AGE)
    assert refused.value.reason == "other"
    assert StepUp.objects.get(pk=proof.pk).used_at is None


def test_proof_of_somebody_else_is_refused(asha, bo):
    proof = proven(asha)
    with pytest.raises(StepUpRefused):
        consume(proof.pk, bo, "vote", THING, MAX_AGE)


def test_proof_that_does_not_exist_is_refused(asha):
    with pytest.raises(StepUpRefused):
        consume(uuid.uuid4(), asha, "vote", THING, MAX_AGE)


def test_proof_counts_once(asha):
    proof = proven(asha)
    consume(proof.pk, asha, "vote", THING, MAX_AGE)
    with pytest.raises(StepUpRefused) as refused:
        consume(proof.pk, asha, "vote", THING, MAX_AGE)
    assert refused.value.reason == "used"


@pytest.mark.parametrize(
    ("later", "counts"),
    [
        (timedelta(0), True),
        (MAX_AGE, True),
        (MAX_AGE + timedelta(microseconds=1), False),
        (timedelta(microseconds=-1), False),
    ],
)
def test_proof_ages_by_the_database_clock(asha, held_clock, later, counts):
    begun = clock.now()
    held_clock.hold(begun)
    proof = proven(asha)
    held_clock.hold(begun + later)
    if counts:
        assert consume(proof.pk, asha, "vote", THING, MAX_AGE).used_at == begun + later
        return
    with pytest.raises(StepUpRefused) as refused:
        consume(proof.pk, asha, "vote", THING, MAX_AGE)
    assert refused.value.reason == "old"


@contextmanager
def both_waiting(superuser: dict[str, psycopg.Connection], row: str) -> Iterator[None]:
    """Hold a row until two others wait for it, so that neither has seen what the other does."""
    holder, watcher = superuser["default"], superuser["eu"]
    with holder.transaction():
        holder.execute(f"select from {row} for update")
        yield
        waiting = (
            "select count(*) from pg_stat_activity where datname = %s and wait_event_type = 'Lock'"
        )
        for _ in range(1200):
            if watcher.execute(waiting, [holder.info.dbname]).fetchone() == (2,):
                return
            time.sleep(0.05)
        pytest.fail("Two did not come to wait for the row.")


def outcomes_of_two(superuser: dict[str, psycopg.Connection], row: str, act: Act) -> list[str]:
    """What two threads get who do the same at the same time, over connections of their own."""
    outcomes: list[str] = []

    def run() -> None:
        try:
            act()
            outcomes.append("done")
        except StepUpRefused as refused:
            outcomes.append(refused.reason)
        finally:
            connections.close_all()

    threads = [Thread(target=run) for _ in range(2)]
    with both_waiting(superuser, row):
        for thread in threads:
            thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


def test_proof_counts_once_when_used_twice_at_the_same_time(asha, superuser):
    proof = proven(asha)
    outcomes = outcomes_of_two(
        superuser, "access_stepup", lambda: consume(proof.pk, asha, "vote", THING, MAX_AGE)
    )
    assert outcomes == ["done", "used"]


def test_code_counts_once_when_given_twice_at_the_same_time(asha, superuser):
    code = people.code_of(asha)
    outcomes = outcomes_of_two(
        superuser,
        "otp_totp_totpdevice",
        lambda: prove(staff=asha, act="vote", subject=THING, code=code, session=SessionStore()),
    )
    assert outcomes == ["done", "used"]
    assert StepUp.objects.count() == 1


def test_form_with_the_code_field_can_be_built_on():
    class VoteForm(StepUpForm):
        reason = forms.CharField()

    page = str(VoteForm()["code"])
    assert 'autocomplete="one-time-code"' in page
    assert 'inputmode="numeric"' in page
    assert "onpaste" not in page
    form = VoteForm({"code": "123 456", "reason": "fits"})
    assert form.is_valid()
    assert form.cleaned_data["code"] == "123456"
    assert VoteForm({"reason": "fits"}).errors["code"] == ["Type the code."]
