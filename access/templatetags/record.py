"""The way from a thing to its record, for those who may audit its tenant."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from access.models import Tenant
from access.scopes import Relation

register = template.Library()


@register.simple_tag(takes_context=True)
def evidence_of(context: template.Context, grant: str) -> str | SafeString:
    """A link to the evidence of a grant of the tenant in hand; nothing for everybody else."""
    tenant = _audited(context)
    if tenant is None:
        return ""
    url = reverse("access:grant_evidence", args=[tenant.reference, grant])
    return format_html('<a class="btn" href="{}">Evidence of this grant</a>', url)


@register.simple_tag(takes_context=True)
def who_looked(context: template.Context, reference: str) -> str | SafeString:
    """A link to the record of one thing of the tenant in hand; nothing for everybody else."""
    tenant = _audited(context)
    if tenant is None:
        return ""
    url = f"{reverse('access:tenant_audit', args=[tenant.reference])}?" + urlencode(
        {"type": "view", "subject": reference}
    )
    return format_html('<span class="meta"><a href="{}">Who looked at this?</a></span>', url)


def _audited(context: template.Context) -> Tenant | None:
    """The tenant in hand, if the reader may audit it."""
    request: Any = context["request"]
    tenant: Tenant = request.tenant_in_hand
    return tenant if request.relations.has(Relation.MAY_AUDIT, tenant.pk) else None
