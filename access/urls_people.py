"""Addresses of signing in and out, and of a person's own page."""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, path

from access.models.directory import CONTROL_REFERENCE
from access.views import me, notices, people, policy, sign_in

# Pages of the control plane's own entry, which needs no name in the address.
OF_CONTROL = {"tenant": CONTROL_REFERENCE}

urlpatterns: list[URLPattern] = [
    path("sign-in/", sign_in.sign_in, name="sign_in"),
    path("sign-in/code/", sign_in.sign_in_code, name="sign_in_code"),
    path("sign-in/set-up/", sign_in.sign_in_set_up, name="sign_in_set_up"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
    path("people/", people.people, OF_CONTROL, name="people"),
    path("people/<uuid:person>/", people.person, OF_CONTROL, name="person"),
    path(
        "people/<uuid:person>/change/",
        people.relation_change,
        OF_CONTROL,
        name="relation_change",
    ),
    path("policy/", policy.policy, OF_CONTROL, name="policy"),
    path("policy/propose/", policy.policy_propose, OF_CONTROL, name="policy_propose"),
    path("policy/<uuid:pk>/decide/", policy.policy_decide, OF_CONTROL, name="policy_decide"),
    path("me/", me.me, name="me"),
    path("me/appearance/", me.appearance, name="appearance"),
    path("me/privacy/", me.privacy_accept, name="privacy_accept"),
    path("me/second-factor/", me.second_factor, name="second_factor"),
    path("me/second-factor/confirm/", me.second_factor_confirm, name="second_factor_confirm"),
    path("notices/", notices.notices, name="notices"),
    path("notices/seen/", notices.notices_seen, name="notices_seen"),
    path("notices/mail/", notices.notices_mail, name="notices_mail"),
    path("me/recovery-codes/", me.recovery_codes, name="recovery_codes"),
]
# The demo's way in has no address anywhere else.
if settings.DEMO:
    urlpatterns.append(path("sign-in/demo/", sign_in.sign_in_demo, name="sign_in_demo"))
