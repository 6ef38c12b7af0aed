"""The repairs of an incident, as a section of its page: what may mend it, and what was ordered."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse

from diagnostics.pages.remediation_looks import line_of
from diagnostics.pages.remediation_rates import items_for, suggestion_lines, target_of
from rooms.models import Incident
from rooms.pages.rooms_list import INVENTORY

register = template.Library()


@register.inclusion_tag("remediation/_remedies.html", takes_context=True)
def remedies(context: template.Context, incident: Incident) -> dict[str, Any]:
    """Suggested actions with how often each has worked here; the page has health open."""
    access = context["request"].access
    tenant = access.tenant.reference
    new = reverse("diagnostics:remediation_new", args=[tenant])
    inventory = access.opens(INVENTORY)
    device = target_of(access, incident) if inventory else None
    return {
        "shell": context.get("shell"),
        "tenant": tenant,
        "open": inventory,
        "known": device is not None,
        "lines": suggestion_lines(access, incident, device) if device else [],
        "ordered": [line_of(item) for item in items_for(access, incident)],
        "order_url": f"{new}?incident={incident.reference}",
    }
