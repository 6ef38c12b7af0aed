"""The addresses of orders and bundles on the device surface."""

from django.urls import path

from diagnostics.views.device_api import collections, uploads

app_name = "device_diagnostics"

urlpatterns = [
    path(
        "collections/<str:collection>/progress",
        collections.collection_progress,
        name="collection_progress",
    ),
    path("uploads", uploads.upload_begin, name="upload_begin"),
    path("uploads/<str:upload>", uploads.upload_place, name="upload_place"),
    path("uploads/<str:upload>/chunks/<int:offset>", uploads.upload_chunk, name="upload_chunk"),
    path("uploads/<str:upload>/complete", uploads.upload_complete, name="upload_complete"),
]
