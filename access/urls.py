"""Addresses of the ground floor."""

from django.urls import URLPattern, URLResolver, include, path

app_name = "access"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("access.urls_people")),
    path("", include("access.urls_requests")),
    path("", include("access.urls_grants")),
    path("", include("access.urls_compliance")),
]
