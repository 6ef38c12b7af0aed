"""Addresses of signing in and out, and of a person's own page."""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, path

from access.views import me, sign_in

urlpatterns: list[URLPattern] = [
    path("sign-in/", sign_in.sign_in, name="sign_in"),
    path("sign-in/code/", sign_in.sign_in_code, name="sign_in_code"),
    path("sign-in/set-up/", sign_in.sign_in_set_up, name="sign_in_set_up"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
    path("me/", me.me, name="me"),
    path("me/appearance/", me.appearance, name="appearance"),
    path("me/privacy/", me.privacy_accept, name="privacy_accept"),
    path("me/second-factor/", me.second_factor, name="second_factor"),
    path("me/second-factor/confirm/", me.second_factor_confirm, name="second_factor_confirm"),
    path("me/recovery-codes/", me.recovery_codes, name="recovery_codes"),
]
# The demo's way in has no address anywhere else.
if settings.DEMO:
    urlpatterns.append(path("sign-in/demo/", sign_in.sign_in_demo, name="sign_in_demo"))
