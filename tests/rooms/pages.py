"""What the tests of pages share: scopes by name, statements counted, the page without its frame."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace

from bs4 import BeautifulSoup
from django.db import connections
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext

from access.models import AccessRequest, Grant, Staff, Tenant
from access.scopes import Scope
from tests.acts import entered, vote
from tests.fleet.small import SmallTenant
from tests.html_lint import problems

INVENTORY, HEALTH, ACCOUNT = Scope.INVENTORY_VIEW, Scope.HEALTH_VIEW, Scope.ACCOUNT_VIEW
# Shorter than a session may be idle: what is closed then is the grant, not the session.
SHORT = timedelta(minutes=15)
OVER = timedelta(minutes=15, seconds=5)
FRAGMENT = {"HTTP_HX_REQUEST": "true"}


def main_of(response: HttpResponse) -> BeautifulSoup:
    """The main part of a page that is in order."""
    assert response.status_code == 200
    html = response.content.decode()
    assert problems(html) == []
    return BeautifulSoup(html, "html.parser").find("main")


def said(response: HttpResponse) -> str:
    """The main part as it stands, whatever the status."""
    html = response.content.decode()
    return html[html.index("<main") : html.index("</main>")]


def text_of(response: HttpResponse) -> str:
    """What a reader sees of the page, in one line."""
    return " ".join(main_of(response).get_text(" ").split())


def leaks(response: HttpResponse, small: SmallTenant) -> list[str]:
    """The canaries that stand anywhere in a response."""
    everything = response.content.decode() + str(response.headers)
    return [word for word in small.canaries if word in everything]


def rows_of(response: HttpResponse) -> list[str]:
    """The row headers of the list."""
    table = main_of(response).select_one("table[data-list]")
    return [cell.get_text(" ", strip=True) for cell in table.select("tbody th")]


def poll(client, path: str, response: HttpResponse, target: str) -> HttpResponse:
    """Ask as the block of that id does at its next tick."""
    block = BeautifulSoup(response.content.decode(), "html.parser").find(id=target)
    return client.get(path + block["hx-get"], **FRAGMENT, HTTP_HX_TARGET=target)


@contextmanager
def statements(*aliases: str) -> Iterator[SimpleNamespace]:
    """Count the statements sent to these databases: `counted.number` afterwards."""
    counted = SimpleNamespace(number=0)
    contexts = [CaptureQueriesContext(connections[alias]) for alias in aliases]
    for context in contexts:
        context.__enter__()
    try:
        yield counted
    finally:
        for context in contexts:
            context.__exit__(None, None, None)
        counted.number = sum(len(context) for context in contexts)


def approve(by: Staff, tenant: Tenant, request: AccessRequest, asker: Staff) -> Grant:
    """The grant of a request that is waiting, once that person has voted for it."""
    vote(by, tenant, request)
    with entered(asker, tenant):
        return Grant.objects.get(request_id=request.pk)
