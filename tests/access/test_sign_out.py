"""Signing out: by POST only, with nothing left in session or browser."""

from __future__ import annotations

from django.contrib.sessions.models import Session
from django.test import Client

from access.models import ControlEvent


def test_sign_out_leaves_no_session_and_clears_the_browser(asha, sign_in):
    client = sign_in(asha)
    key = client.session.session_key
    answer = client.post("/sign-out/")
    assert answer.status_code == 200
    assert "You are signed out" in answer.content.decode()
    assert answer["Clear-Site-Data"] == '"cache", "storage"'
    assert not Session.objects.filter(session_key=key).exists()
    assert client.get("/me/").status_code == 302


def test_sign_out_is_recorded(asha, sign_in):
    sign_in(asha).post("/sign-out/")
    assert ControlEvent.objects.using("default_owner").get(type="sign_out").actor_id == asha.pk


def test_sign_out_by_a_link_is_refused(asha, sign_in):
    client = sign_in(asha)
    assert client.get("/sign-out/").status_code == 405
    assert client.get("/me/").status_code == 200


def test_sign_out_needs_the_token_of_our_own_page(asha, sign_in):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = sign_in(asha).cookies
    assert strict.post("/sign-out/").status_code == 403
    assert strict.get("/me/").status_code == 200


def test_sign_out_of_nobody_leads_to_sign_in(client, db):
    assert client.post("/sign-out/")["Location"].startswith("/sign-in/")
