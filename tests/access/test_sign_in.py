"""The first step of signing in: the password, what a failure says, the lock-out, the demo's way."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.auth import SESSION_KEY
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import NoReverseMatch, include, path, reverse
from django.utils import timezone

from access import checks_demo, demo_sign_in, sign_in, urls_people
from access.demo_sign_in import DEMO_PASSWORD, DemoIsOff
from access.models import ControlEvent, Staff
from access.views.sign_in import sign_in_demo
from tests import people
from tests.html_lint import problems

SIGN_IN = "/sign-in/"


def give_password(client: Client, email: str, password: str = people.PASSWORD, **more: str) -> Any:
    return client.post(SIGN_IN, {"email": email, "password": password, **more})


def last_refusal() -> ControlEvent:
    return (
        ControlEvent.objects.using("default_owner")
        .filter(type="sign_in.refused")
        .latest("recorded_at")
    )


def test_page_makes_no_session_and_is_not_kept(client, db):
    answer = client.get(SIGN_IN)
    assert answer.status_code == 200
    assert "sessionid" not in answer.cookies
    assert "rooms" not in answer.cookies
    assert answer["Cache-Control"] == "no-store"


def test_fields_tell_password_managers_what_they_are(client, db):
    page = client.get(SIGN_IN).content.decode()
    assert 'autocomplete="username"' in page
    assert 'autocomplete="current-password"' in page


def test_right_password_signs_nobody_in_yet(client, asha):
    answer = give_password(client, asha.email)
    assert answer.status_code == 302
    assert answer["Location"] == "/sign-in/code/"
    assert SESSION_KEY not in client.session
    assert client.get("/me/").status_code == 302


def test_address_in_capitals_is_the_same_person(client, asha):
    assert give_password(client, asha.email.upper())["Location"] == "/sign-in/code/"


def test_unknown_address_wrong_password_and_closed_account_look_the_same(client, asha, bo):
    people.change(bo, is_active=False)
    answers = [
        give_password(client, "nobody@rooms-ops.example"),
        give_password(client, asha.email, "not-the-password"),
        give_password(client, bo.email),
    ]
    pages = {
        answer.content.decode().replace(email, "").split("<main")[1].split("csrfmiddlewaretoken")[0]
        for answer, email in zip(
            answers, ["nobody@rooms-ops.example", asha.email, bo.email], strict=True
        )
    }
    assert {answer.status_code for answer in answers} == {422}
    assert len(pages) == 1
    assert "E-mail and password do not fit." in pages.pop()
    assert problems(answers[0].content.decode()) == []


def test_failure_keeps_the_address_and_never_the_password(client, asha):
    page = give_password(client, asha.email, "not-the-password").content.decode()
    assert asha.email in page
    assert "not-the-password" not in page


def test_malformed_address_is_422_with_what_was_typed(client, db):
    answer = give_password(client, "not an address", "whatever")
    assert answer.status_code == 422
    assert "not an address" in answer.content.decode()
    assert "whatever" not in answer.content.decode()


def test_refusal_is_recorded_with_the_account_and_no_actor(client, asha):
    give_password(client, asha.email, "not-the-password")
    event = last_refusal()
    assert event.outcome == "refused"
    assert event.actor_id is None
    assert event.detail == {"reason": "password", "account": str(asha.pk)}


def test_five_failures_lock_out_and_say_until_when(client, asha):
    answers = [give_password(client, asha.email, "not-the-password") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [422] * 4 + [429]
    page = answers[-1].content.decode()
    assert "Too many failed tries" in page
    assert "Try again " in page
    assert last_refusal().detail["locked_out"] == "yes"
    assert give_password(client, asha.email).status_code == 429


def test_lock_out_names_the_moment_it_ends(client, asha, settings):
    settings.AXES_LOCKOUT_CALLABLE = "access.views.sign_in.locked_out"
    for _ in range(5):
        answer = give_password(client, asha.email, "not-the-password")
    latest = AccessAttempt.objects.latest("attempt_time").attempt_time
    page = answer.content.decode()
    assert f"{latest + timedelta(minutes=15):%H:%M:%S} UTC" in page
    assert problems(page) == []


def test_lock_out_is_never_by_account_alone(client, asha):
    for _ in range(6):
        give_password(client, asha.email, "not-the-password")
    elsewhere = Client(REMOTE_ADDR="192.0.2.44")
    assert give_password(elsewhere, asha.email)["Location"] == "/sign-in/code/"


def test_lock_out_spares_others_at_the_same_address(client, asha, bo):
    for _ in range(6):
        give_password(client, asha.email, "not-the-password")
    assert give_password(client, bo.email)["Location"] == "/sign-in/code/"


def test_lock_out_ends(client, asha):
    for _ in range(5):
        give_password(client, asha.email, "not-the-password")
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=16))
    assert give_password(client, asha.email)["Location"] == "/sign-in/code/"


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "javascript:alert(1)",
        "me/",
        "/sign-in/code/",
        "/sign-out/",
        "",
    ],
)
def test_next_leads_nowhere_else(rf, target):
    assert sign_in.safe_next(rf.get("/"), target) == ""


def test_next_within_the_site_is_kept(client, asha):
    page = client.get(SIGN_IN, {"next": "/me/privacy/?a=1"}).content.decode()
    assert 'value="/me/privacy/?a=1"' in page


def test_signed_in_person_is_sent_on(asha, sign_in):
    answer = sign_in(asha).get(SIGN_IN, {"next": "/me/"})
    assert answer.status_code == 302
    assert answer["Location"] == "/me/"


def test_person_whose_second_factor_went_can_begin_again(asha, sign_in):
    client = sign_in(asha)
    asha.totpdevice_set.all().delete()
    assert client.get("/me/")["Location"].startswith(SIGN_IN)
    assert client.get(SIGN_IN).status_code == 200
    assert give_password(client, asha.email)["Location"] == "/sign-in/set-up/"


# -- The demo's way in ---------------------------------------------------------------------------


@pytest.fixture
def demo(settings) -> None:
    """The demo setting is on, and the addresses are those that a demo process has."""
    settings.DEMO = True
    address = path("sign-in/demo/", sign_in_demo, name="sign_in_demo")
    settings.ROOT_URLCONF = (path("", include(([address, *urls_people.urlpatterns], "access"))),)


def test_demo_has_no_address_when_it_is_off(client, db):
    with pytest.raises(NoReverseMatch):
        reverse("access:sign_in_demo")
    assert client.post("/sign-in/demo/", {"person": "asha"}).status_code == 404
    assert "demo" not in client.get(SIGN_IN).content.decode().lower()


@pytest.mark.parametrize(
    "use",
    [
        demo_sign_in.people,
        lambda: demo_sign_in.person("asha"),
        lambda: demo_sign_in.is_demo_person(Staff()),
        lambda: demo_sign_in.code_of(Staff()),
        lambda: demo_sign_in.code_shown_by(Staff()),
    ],
)
@pytest.mark.parametrize(("demo_setting", "env"), [(False, "development"), (True, "production")])
def test_demo_functions_raise_when_it_is_off(settings, use, demo_setting, env):
    settings.DEMO, settings.PORTAL_ENV = demo_setting, env
    with pytest.raises(DemoIsOff):
        use()


def test_demo_in_production_fails_the_check_and_the_start(settings):
    settings.DEMO, settings.PORTAL_ENV = True, "production"
    assert [error.id for error in checks_demo.demo_is_not_production(None)] == ["access.E010"]
    with pytest.raises(ImproperlyConfigured):
        checks_demo.refuse_demo_in_production()


@pytest.mark.parametrize(("on", "env"), [(True, "development"), (False, "production")])
def test_demo_check_is_silent_otherwise(settings, on, env):
    settings.DEMO, settings.PORTAL_ENV = on, env
    assert checks_demo.demo_is_not_production(None) == []
    checks_demo.refuse_demo_in_production()


def test_demo_lists_its_people_and_fills_the_form_in(demo, client, asha, bo):
    page = client.get(SIGN_IN).content.decode()
    assert 'value="asha"' in page
    assert "decides" in page
    filled = client.post("/sign-in/demo/", {"person": "asha", "next": "/me/"}).content.decode()
    assert problems(page) == problems(filled) == []
    assert asha.email in filled
    assert DEMO_PASSWORD in filled
    assert 'value="/me/"' in filled


@pytest.fixture
def held_time(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """This process's clock stands still, so that no time step of a code ends in between."""
    moment = time.time()
    monkeypatch.setattr(time, "time", lambda: moment)
    return datetime.fromtimestamp(moment, UTC)


def test_demo_shows_a_code_that_signs_in(demo, client, asha, held_time):
    give_password(client, asha.email, next="/me/")
    shown = demo_sign_in.code_of(asha).code
    assert shown in client.get("/sign-in/code/").content.decode()
    assert client.post("/sign-in/code/", {"code": shown}).status_code == 302
    assert client.session[SESSION_KEY] == str(asha.pk)


def test_demo_shows_the_first_unused_code_then_a_time(demo, asha, held_time):
    device = asha.totpdevice_set.get()
    first = demo_sign_in.code_of(asha)
    assert device.verify_token(first.code)
    second = demo_sign_in.code_of(asha)
    assert second.code not in ("", first.code)
    device.refresh_from_db()
    assert device.verify_token(second.code)
    device.refresh_from_db()
    device.drift = 0
    device.save()
    waiting = demo_sign_in.code_of(asha)
    assert waiting.code == ""
    assert timedelta(0) < waiting.ready_at - held_time <= timedelta(seconds=30)


def test_demo_does_not_know_other_people(demo, client, db):
    stranger = people.person("stranger")
    people.change(stranger, email="stranger@elsewhere.example")
    stranger.refresh_from_db()
    assert client.post("/sign-in/demo/", {"person": "stranger"}).status_code == 404
    assert demo_sign_in.code_of(stranger) is None
