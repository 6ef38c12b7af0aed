"""The field for a fresh code, as every form with a step-up shows it; in the demo, with the code."""

from __future__ import annotations

from typing import Any

from django import template
from django.conf import settings
from django.forms import BoundField
from django_otp.plugins.otp_totp.models import TOTPDevice

from access import demo_sign_in
from access.models import Staff

register = template.Library()


@register.inclusion_tag("access/_code_field.html", takes_context=True)
def code_field(
    context: template.Context,
    bound: BoundField,
    staff: Staff | None = None,
    device: TOTPDevice | None = None,
) -> dict[str, Any]:
    """A form's code field. The demo shows the reader's code, or that of the staff or device."""
    request = context["request"]
    return {
        "bound": bound,
        "request": request,
        "shell": context.get("shell"),
        "demo": demo_code(staff or request.user, device) if settings.DEMO else None,
    }


def demo_code(staff: Staff, device: TOTPDevice | None) -> demo_sign_in.DemoCode | None:
    """What the authenticator would show, for a person of the demo."""
    if not demo_sign_in.is_demo_person(staff):
        return None
    return demo_sign_in.code_shown_by(device) if device else demo_sign_in.code_of(staff)
