"""The frame of every page: navigation for this person, the strip, and a database that is down."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import OperationalError
from django.http import HttpRequest
from django.test import RequestFactory, override_settings
from django.urls import path

from portal.context import Shell
from portal.navigation import GROUPS, navigation

NOW = datetime(2026, 11, 22, 5, 24, tzinfo=UTC)
urlpatterns = [path("only/", lambda request: None, name="only")]


def ask(address: str = "/", **known: Any) -> HttpRequest:
    """A request of which the gate knows these things."""
    request = RequestFactory().get(address)
    for name, value in known.items():
        setattr(request, name, value)
    return request


def labels(request: HttpRequest) -> list[str]:
    """What the navigation shows, in order."""
    return [item.label for group in navigation(request) for item in group.items]


def grants(count: int) -> list[SimpleNamespace]:
    """Grants in use, the one that ends last first."""
    return [SimpleNamespace(ends_at=NOW + timedelta(minutes=n)) for n in range(count, 0, -1)]


def test_navigation_shows_every_page_when_relations_are_not_known() -> None:
    assert labels(ask()) == [item.label for group in GROUPS for item in group.items]


def test_navigation_hides_what_a_person_cannot_use() -> None:
    nobody = SimpleNamespace(ask=[], decide=[], audit=[])
    assert {"Approvals", "Audit", "Emergency stop"}.isdisjoint(labels(ask(relations=nobody)))
    auditor = SimpleNamespace(ask=[], decide=[], audit=["TN-1"])
    assert "Audit" in labels(ask(relations=auditor))
    assert "Approvals" not in labels(ask(relations=auditor))


def test_navigation_marks_the_page_and_what_lies_under_it() -> None:
    places = {
        "/": ["My work"],
        "/tenants/": ["Tenants"],
        "/t/TN-1/": ["Tenants"],
        "/t/TN-1/rooms/RM-1/": ["Tenants"],
        "/t/TN-1/ask/": ["My access"],
        "/t/TN-1/audit/": ["Audit"],
        "/me/": [],
    }
    for address, expected in places.items():
        current = [i.label for g in navigation(ask(address)) for i in g.items if i.current]
        assert current == expected, address


def test_navigation_leaves_out_pages_that_do_not_exist() -> None:
    with override_settings(ROOT_URLCONF=__name__):
        assert labels(ask()) == []


def test_strip_has_three_lines_soonest_end_first() -> None:
    shell = Shell(ask(held_grants=grants(5)))
    assert [grant.ends_at.minute for grant in shell.strip] == [25, 26, 27]
    assert shell.more_grants == 2


def test_shell_of_a_stranger_has_no_person_and_no_grants() -> None:
    shell = Shell(ask())
    assert shell.person is None
    assert list(shell.strip) == []
    assert (shell.theme, shell.density, shell.region) == ("", "compact", "")


def test_shell_has_no_person_when_the_database_that_knows_is_down() -> None:
    class Down:
        @property
        def is_authenticated(self) -> bool:
            raise OperationalError

    assert Shell(ask(user=Down())).person is None


@pytest.mark.parametrize("holder", ["request", "access", "held_grants"])
def test_shell_speaks_of_the_time_of_the_database(holder: str) -> None:
    known: dict[str, Any] = {"clock": NOW} if holder == "request" else {}
    if holder != "request":
        known[holder] = SimpleNamespace(clock=NOW)
    shell = Shell(ask(**known))
    assert shell.now == NOW
    assert shell.now_ms == int(NOW.timestamp()) * 1000


def test_shell_keeps_only_known_themes_and_densities() -> None:
    odd = SimpleNamespace(is_authenticated=True, theme="purple", density="tiny", shortcuts=False)
    shell = Shell(ask(user=odd))
    assert (shell.theme, shell.density, shell.keys) == ("", "compact", False)


def test_shell_names_the_region_of_the_tenant_in_hand() -> None:
    access = SimpleNamespace(tenant=SimpleNamespace(region="eu"))
    assert Shell(ask(access=access)).region == "eu"
