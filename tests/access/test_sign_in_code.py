"""The second step of signing in: codes, recovery codes, and the new session."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.core import signing
from django.test import Client
from django.utils import timezone
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from access import second_factor, sign_in
from access.models import ControlEvent, Staff
from access.second_factor import CodeRefused
from tests import people
from tests.html_lint import problems

CODE = "/sign-in/code/"


@pytest.fixture
def half(client: Client, asha: Staff) -> Client:
    """A browser in which asha's password was right."""
    client.post("/sign-in/", {"email": asha.email, "password": people.PASSWORD, "next": "/me/"})
    return client


def give_code(client: Client, code: str) -> Any:
    return client.post(CODE, {"code": code})


def wrong_code(staff: Staff) -> str:
    """A code of none of the steps that count now."""
    device = TOTPDevice.objects.get(user_id=staff.pk)
    step = (int(timezone.now().timestamp()) - device.t0) // device.step
    good = {second_factor.code_at(device, step + offset) for offset in range(-3, 4)}
    return next(f"{n:06d}" for n in range(10) if f"{n:06d}" not in good)


def test_right_code_signs_in_with_both_factors_and_goes_on(half, asha):
    answer = give_code(half, people.code_of(asha))
    assert answer.status_code == 302
    assert answer["Location"] == "/me/"
    assert half.session[SESSION_KEY] == str(asha.pk)
    assert half.session[DEVICE_ID_SESSION_KEY].startswith("otp_totp.totpdevice/")
    assert half.get("/me/").status_code == 200


def test_sign_in_is_recorded_with_its_method(half, asha):
    give_code(half, people.code_of(asha))
    event = ControlEvent.objects.using("default_owner").get(type="sign_in.ok")
    assert (event.actor_id, event.outcome, event.detail) == (asha.pk, "ok", {"method": "totp"})


def test_session_key_changes_at_both_steps_and_old_ones_are_gone(client, asha):
    client.get("/sign-in/")
    session = client.session
    session["planted"] = "by a stranger"
    session.save()
    client.cookies["rooms"] = planted = session.session_key
    client.post("/sign-in/", {"email": asha.email, "password": people.PASSWORD})
    between = client.cookies["rooms"].value
    give_code(client, people.code_of(asha))
    after = client.cookies["rooms"].value
    assert len({planted, between, after}) == 3
    assert not Session.objects.filter(session_key__in=[planted, between]).exists()
    assert "planted" not in client.session
    assert sign_in.NOTE_KEY not in client.session


def test_code_with_spaces_as_pasted_counts(half, asha):
    code = people.code_of(asha)
    assert give_code(half, f" {code[:3]} {code[3:]} ").status_code == 302


def test_wrong_code_is_422_counted_and_recorded(half, asha):
    answer = give_code(half, wrong_code(asha))
    assert answer.status_code == 422
    assert "That code is not right." in answer.content.decode()
    assert problems(answer.content.decode()) == []
    assert TOTPDevice.objects.get(user_id=asha.pk).throttling_failure_count == 1
    assert (
        ControlEvent.objects.using("default_owner").get(type="sign_in.refused").detail["reason"]
        == "code: wrong"
    )
    assert SESSION_KEY not in half.session


def test_code_never_comes_back_filled_in(half, asha):
    code = wrong_code(asha)
    assert code not in give_code(half, code).content.decode()


def test_used_code_is_refused_with_what_to_do(half, asha):
    code = people.code_of(asha)
    assert TOTPDevice.objects.get(user_id=asha.pk).verify_token(code)
    answer = give_code(half, code)
    assert answer.status_code == 422
    assert "each code works once" in answer.content.decode()


@pytest.mark.parametrize(
    "typed", ["", "12345", "abcdef", "1234567", "١٢٣٤٥٦", "12345\x00", "9" * 99]
)
def test_malformed_code_is_422_and_not_counted(half, asha, typed):
    assert give_code(half, typed).status_code == 422
    assert TOTPDevice.objects.get(user_id=asha.pk).throttling_failure_count == 0


def test_wrong_codes_slow_the_next_try_down_for_two_minutes_at_most(asha):
    TOTPDevice.objects.filter(user_id=asha.pk).update(
        throttling_failure_count=40, throttling_failure_timestamp=timezone.now()
    )
    with pytest.raises(CodeRefused) as refused:
        second_factor.verify(asha, people.code_of(asha))
    assert refused.value.reason == "too soon"
    assert not refused.value.guessed
    TOTPDevice.objects.filter(user_id=asha.pk).update(
        throttling_failure_timestamp=timezone.now() - timedelta(seconds=129)
    )
    assert second_factor.verify(asha, people.code_of(asha))


def test_wrong_codes_lock_out_like_wrong_passwords(half, asha):
    for _ in range(4):
        assert give_code(half, wrong_code(asha)).status_code == 422
        people.forget_codes(asha)
    assert give_code(half, wrong_code(asha)).status_code == 429
    people.forget_codes(asha)
    assert give_code(half, people.code_of(asha)).status_code == 302
    assert SESSION_KEY not in half.session
    again = half.post("/sign-in/", {"email": asha.email, "password": people.PASSWORD})
    assert again.status_code == 429


def test_wrong_password_and_wrong_codes_count_together(half, asha):
    other_browser = Client()
    for _ in range(4):
        other_browser.post("/sign-in/", {"email": asha.email, "password": "not-it"})
    assert give_code(half, wrong_code(asha)).status_code == 429


def test_code_without_password_leads_back(client, db):
    assert client.get(CODE)["Location"] == "/sign-in/"
    assert give_code(client, "123456")["Location"] == "/sign-in/"


def test_password_counts_for_five_minutes(half, asha, monkeypatch):
    monkeypatch.setattr(sign_in, "NOTE_SECONDS", -1)
    answer = give_code(half, people.code_of(asha))
    assert answer["Location"] == "/sign-in/?ended=late"
    assert "That took too long." in half.get(answer["Location"]).content.decode()
    assert SESSION_KEY not in half.session


def test_note_that_is_not_signed_counts_for_nothing(client, asha):
    forged = signing.dumps(
        {"staff": str(asha.pk), "proof": asha.get_session_auth_hash(), "next": "", "device": None},
        key="a" * 50,
        salt="access.sign_in",
    )
    session = client.session
    session[sign_in.NOTE_KEY] = forged
    session.save()
    client.cookies["rooms"] = session.session_key
    assert give_code(client, people.code_of(asha))["Location"].startswith("/sign-in/")
    assert SESSION_KEY not in client.session


def test_password_changed_between_the_steps_voids_the_first(half, asha):
    asha.set_password("another-long-password")
    asha.save(update_fields=["password"])
    assert give_code(half, people.code_of(asha))["Location"].startswith("/sign-in/")


def test_account_closed_between_the_steps_does_not_sign_in(half, asha):
    code = people.code_of(asha)
    people.change(asha, is_active=False)
    assert give_code(half, code)["Location"].startswith("/sign-in/")
    assert SESSION_KEY not in half.session


def test_code_used_early_does_not_move_the_window_ahead(asha):
    assert second_factor.verify(asha, people.code_of(asha))
    assert second_factor.verify(asha, people.code_of(asha))
    assert TOTPDevice.objects.get(user_id=asha.pk).drift == 0


# -- Recovery codes ------------------------------------------------------------------------------


def test_recovery_code_signs_in_once(half, asha):
    code = second_factor.renew_recovery_codes(asha)[3]
    assert give_code(half, code).status_code == 302
    assert second_factor.recovery_codes_left(asha) == 9
    assert ControlEvent.objects.using("default_owner").get(type="sign_in.ok").detail == {
        "method": "recovery"
    }
    with pytest.raises(CodeRefused):
        second_factor.verify(asha, code)


def test_recovery_codes_are_ten_different_and_not_stored(asha):
    codes = second_factor.renew_recovery_codes(asha)
    assert len(set(codes)) == 10
    assert all(re.fullmatch(r"\d{4} \d{4} \d{4}", code) for code in codes)
    stored = set(StaticToken.objects.values_list("token", flat=True))
    assert len(stored) == 10
    assert not stored & {code.replace(" ", "") for code in codes}


def test_new_recovery_codes_replace_the_earlier_ones(asha):
    earlier = second_factor.renew_recovery_codes(asha)
    second_factor.renew_recovery_codes(asha)
    with pytest.raises(CodeRefused):
        second_factor.verify(asha, earlier[0])


def test_recovery_code_of_somebody_else_is_refused(asha, bo):
    with pytest.raises(CodeRefused):
        second_factor.verify(asha, second_factor.renew_recovery_codes(bo)[0])
