"""The bare view's address: the same as that of reports."""

from django.db import connections
from django.http import HttpRequest, JsonResponse
from django.urls import path


def bare(request: HttpRequest) -> JsonResponse:
    """One row, in its own transaction."""
    with connections["eu"].cursor() as cursor:
        cursor.execute("insert into bench_bare (body) values (%s)", [request.body.decode()])
    response = JsonResponse({"stored": True}, status=202)
    response.headers["Content-Length"] = str(len(response.content))
    return response


urlpatterns = [path("device/v1/reports", bare)]
