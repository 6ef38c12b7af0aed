"""A place whose clock is held, and this process as the worker in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from access.models import Staff, Tenant
from access.scopes import Scope
from tests.acts import granted
from tests.conftest import HeldClock
from tests.diagnostics.remediation.queue.place import Place
from tests.rooms.signing import private

ALL = (
    Scope.REMEDIATE_USB,
    Scope.REMEDIATE_RESTART,
    Scope.REMEDIATE_UPDATE,
    Scope.DIAGNOSTICS_COLLECT,
)


@pytest.fixture
def place(
    tenant: Tenant,
    asha: Staff,
    bo: Staff,
    bea: Staff,
    held_clock: HeldClock,
    as_worker: Callable[[], None],
    settings: Any,
) -> Place:
    """A tenant of the EU at three at night; this process is the worker from here on."""
    settings.COMMAND_KEYS = private()
    built = Place(tenant, held_clock).build()
    as_worker()
    return built


@pytest.fixture
def other_place(other_tenant: Tenant, place: Place, held_clock: HeldClock) -> Place:
    """A second customer's, at the same moment."""
    return Place(other_tenant, held_clock, place.at).build()


@pytest.fixture
def grant(
    place: Place,
    asha: Staff,
    bo: Staff,
    as_web: Callable[[], None],
    as_worker: Callable[[], None],
) -> Callable[..., Any]:
    """`grant()`: asha holds a live grant for all that the queue does, from now for an hour."""

    def give(*scopes: Scope) -> Any:
        as_web()
        try:
            return granted(asha, place.tenant, [bo], *(scopes or ALL))
        finally:
            as_worker()

    return give
