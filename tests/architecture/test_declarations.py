"""Every address declares who may open it, and the declaration runs before anything else does."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.urls import URLPattern, get_resolver

from access.checks import every_view_is_declared, patterns
from access.gate import Declaration, declared, signed_in
from access.middleware import RefuseUndeclaredViews
from access.models.directory import CONTROL_REFERENCE
from access.scopes import OF_CONTROL

ADDRESSES = sorted(patterns(), key=lambda pair: pair[0])
# Doors without a lock: each is known here by its address, so that a new one is noticed.
PUBLIC = {"sign-in/", "sign-in/code/", "sign-in/set-up/", "csp-report/", "healthz"}


DEVICES = sorted(patterns(get_resolver("portal.urls_device")), key=lambda pair: pair[0])
PUBLIC_TO_DEVICES = {f"device/v1/{name}" for name in ("enrolments", "openapi.json", "healthz")}


def declaration_of(pattern: URLPattern) -> Declaration:
    """What the view declares; it is a failure when there is none."""
    found = declared(pattern.callback)
    assert found is not None, f"{pattern.callback} declares nothing"
    return found


def anonymous(method: str = "get") -> HttpRequest:
    """A request of nobody, as the middleware would hand it on."""
    request = getattr(RequestFactory(), method)("/")
    request.user = AnonymousUser()
    request.user.is_verified = lambda: False
    request.session = type("NoSession", (dict,), {"session_key": None})()
    request.htmx = False
    return request


def test_there_are_addresses() -> None:
    assert len(ADDRESSES) > 15


@pytest.mark.parametrize(("route", "pattern"), ADDRESSES, ids=[route for route, _ in ADDRESSES])
def test_address_declares_its_access_79(route: str, pattern: URLPattern) -> None:
    declaration = declaration_of(pattern)
    assert declaration.kind in {"requires", "signed in", "public"}
    assert bool(declaration.scopes) != bool(declaration.reason.strip())
    if declaration.kind == "requires" and pattern.default_args:
        assert pattern.default_args == {"tenant": CONTROL_REFERENCE}
        assert set(declaration.scopes) <= OF_CONTROL
    elif declaration.kind == "requires":
        assert "<tenant:tenant>" in route, "tenant data has its tenant in the address"
    if declaration.kind == "public":
        assert route in PUBLIC, f"/{route} is open to everybody; is that meant?"


@pytest.mark.parametrize(("route", "pattern"), DEVICES, ids=[route for route, _ in DEVICES])
def test_address_of_devices_declares_its_access(route: str, pattern: URLPattern) -> None:
    declaration = declaration_of(pattern)
    assert declaration.kind == ("public" if route in PUBLIC_TO_DEVICES else "device")
    assert declaration.reason.strip()


def test_people_have_no_address_of_devices_and_devices_none_of_people() -> None:
    assert not {route for route, _ in ADDRESSES if route.startswith("device/v1")}
    assert all(route.startswith("device/v1/") for route, _ in DEVICES)
    assert not {route for route, pattern in ADDRESSES if declaration_of(pattern).kind == "device"}


def test_checks_of_the_build_agree_79() -> None:
    assert every_view_is_declared(None) == []


def test_view_without_a_declaration_fails_the_build_79() -> None:
    """Also one whose declaration has been covered by another decorator."""

    def bare(request: HttpRequest) -> HttpResponse:
        return HttpResponse("open")

    signed = signed_in(reason="to be covered")(bare)

    def covered(request: HttpRequest) -> HttpResponse:
        return signed(request)

    covered.gate = signed.gate  # type: ignore[attr-defined] # what functools.wraps would copy
    assert declared(bare) is None
    assert declared(signed) is not None
    assert declared(covered) is None


def test_view_without_a_declaration_is_refused_at_run_time_79() -> None:
    def bare(request: HttpRequest) -> HttpResponse:
        return HttpResponse("open")

    middleware = RefuseUndeclaredViews(lambda request: HttpResponse())
    refused = False
    try:
        answer = middleware.process_view(anonymous(), bare, [], {})
    except PermissionDenied:
        refused = True
    else:
        refused = answer is not None and answer.status_code == 403
    assert refused


@pytest.mark.parametrize(
    "view",
    [
        pytest.param(pattern.callback, id=route)
        for route, pattern in ADDRESSES
        if declared(pattern.callback) and declared(pattern.callback).kind != "public"
    ],
)
@pytest.mark.parametrize("method", ["get", "post", "delete", "options"])
def test_gate_runs_before_the_view_and_before_its_arguments_79(
    view: Callable[..., HttpResponse], method: str
) -> None:
    """Nobody, calling the door with no arguments at all, is sent to sign in. A view that ran
    first would fail on its missing arguments; one that read a database would fail too, for this
    test has none."""
    answer = view(anonymous(method))
    assert answer.status_code == 302
    assert re.match(r"^/sign-in/", answer["Location"])
    assert answer.content == b""
