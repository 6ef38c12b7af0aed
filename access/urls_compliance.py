"""Addresses of what is stored and why."""

from __future__ import annotations

from django.urls import URLPattern, path

from access.views import compliance

urlpatterns: list[URLPattern] = [
    path("compliance/", compliance.compliance, name="compliance"),
    path("t/<tenant:tenant>/compliance/", compliance.tenant_compliance, name="tenant_compliance"),
]
