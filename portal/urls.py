"""The table of contents: which app answers which address."""

from django.urls import include, path

urlpatterns = [
    path("", include("access.urls")),
]
