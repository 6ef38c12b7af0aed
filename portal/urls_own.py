"""Addresses of the portal itself."""

from __future__ import annotations

from django.urls import URLPattern, path

from portal import style, views

app_name = "portal"
urlpatterns: list[URLPattern] = [
    path("", views.home, name="home"),
    path("status/", views.status, name="status"),
    path("search/", views.search, name="search"),
    path("style/", style.style, name="style"),
    path("healthz", views.healthz, name="healthz"),
    path("csp-report/", views.csp_report, name="csp_report"),
]
