"""The first set-up of an authenticator, between the password and the new session."""

from __future__ import annotations

import re

import pytest
import segno
from django.contrib.auth import SESSION_KEY
from django.test import Client
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from access import second_factor
from access.models import ControlEvent, Staff
from tests import people
from tests.html_lint import problems

CODE = "/sign-in/code/"
SET_UP = "/sign-in/set-up/"


@pytest.fixture
def newcomer(client: Client, asha: Staff) -> Client:
    """A browser in which asha, who has no authenticator yet, gave her password."""
    asha.totpdevice_set.all().delete()
    client.post("/sign-in/", {"email": asha.email, "password": people.PASSWORD, "next": "/me/"})
    return client


def pending(staff: Staff) -> TOTPDevice:
    return TOTPDevice.objects.get(user_id=staff.pk, confirmed=False)


def code_now(device: TOTPDevice) -> str:
    step = (int(timezone.now().timestamp()) - device.t0) // device.step
    return second_factor.code_at(device, step)


def test_newcomer_sees_picture_and_secret_and_is_not_signed_in(newcomer, asha):
    page = newcomer.get(SET_UP).content.decode()
    assert "<svg viewBox=" in page
    assert second_factor.secret_text(pending(asha)) in page
    assert problems(page) == []
    assert newcomer.get(CODE)["Location"].startswith("/sign-in/")
    assert newcomer.get("/me/").status_code == 302


def test_picture_is_the_code_of_the_set_up_link(asha):
    device = second_factor.begin_enrolment(asha)
    picture = second_factor.qr_picture(device)
    drawn = {(int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", picture.path)}
    code = segno.make(device.config_url, error="m", micro=False)
    dark = {(x + 4, y + 4) for y, row in enumerate(code.matrix) for x, dot in enumerate(row) if dot}
    assert drawn == dark
    assert picture.side == len(code.matrix) + 8
    assert f"secret={second_factor.secret_text(device)}" in device.config_url
    assert "issuer=Rooms%20Ops" in device.config_url


def test_newcomer_confirms_and_gets_recovery_codes_once(newcomer, asha):
    answer = newcomer.post(SET_UP, {"code": code_now(pending(asha))})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert len(re.findall(r"\d{4} \d{4} \d{4}</li>", page)) == 10
    assert problems(page) == []
    assert newcomer.session[SESSION_KEY] == str(asha.pk)
    assert newcomer.get("/me/").status_code == 200
    assert TOTPDevice.objects.get(user_id=asha.pk).confirmed
    kinds = set(ControlEvent.objects.using("default_owner").values_list("type", flat=True))
    assert {"second_factor.set_up", "sign_in.ok"} <= kinds
    assert newcomer.get(SET_UP).status_code == 302


def test_newcomer_with_a_wrong_code_stays_outside(newcomer, asha):
    code = "000000" if code_now(pending(asha)) != "000000" else "000001"
    assert newcomer.post(SET_UP, {"code": code}).status_code == 422
    assert not TOTPDevice.objects.filter(user_id=asha.pk, confirmed=True).exists()
    assert SESSION_KEY not in newcomer.session


def test_second_set_up_elsewhere_ends_the_first(newcomer, asha):
    """Whoever knows the password too must not see the secret that the owner then confirms."""
    stranger = Client()
    stranger.post("/sign-in/", {"email": asha.email, "password": people.PASSWORD})
    secret = second_factor.secret_text(pending(asha))
    assert newcomer.get(SET_UP)["Location"].startswith("/sign-in/")
    assert secret in stranger.get(SET_UP).content.decode()


def test_set_up_is_refused_when_one_is_there_by_now(newcomer, asha):
    device = pending(asha)
    TOTPDevice.objects.create(user_id=asha.pk, name="phone", confirmed=True)
    answer = newcomer.post(SET_UP, {"code": code_now(device)})
    assert answer.status_code == 422
    assert "set up already" in answer.content.decode()
    assert SESSION_KEY not in newcomer.session
