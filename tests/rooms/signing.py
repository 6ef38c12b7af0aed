"""Command keys for the tests, and the job that signs with them, run as the worker that it is."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import psycopg
from django.db import connections

from access.residency import REGIONS
from rooms.command_signing import sign_waiting
from rooms.commands import KeyRing
from rooms.commands.rotation import Held, first, spell
from tests.conftest import ALIASES
from tests.plugins.cluster import WorkerCluster


@cache
def held(region: str) -> Held:
    """The keys of a region, the same in a whole test run, and valid for some time."""
    return first(region, datetime.now(UTC) - timedelta(days=30))


def ring(region: str) -> KeyRing:
    """What its workers sign with."""
    return KeyRing(region, held(region).keys)


def private() -> dict[str, str]:
    """The setting COMMAND_KEYS."""
    return {region: " ".join(spell(key) for key in held(region).keys) for region in REGIONS}


def lists() -> dict[str, str]:
    """The setting COMMAND_KEY_LISTS."""
    return {region: json.dumps(held(region).listed) for region in REGIONS}


def sign_as_worker(cluster: WorkerCluster, settings: Any, *regions: str) -> int:
    """Run the worker's job once in these regions; how many commands it dealt with.

    On a thread of its own, for the caller may be in an event loop.
    """
    settings.COMMAND_KEYS = private()

    def job() -> int:
        _log_in_as(cluster, "rooms_worker")
        try:
            return sum(sign_waiting(region) for region in regions or REGIONS)
        finally:
            connections.close_all()

    try:
        with ThreadPoolExecutor(1) as one:
            return one.submit(job).result()
    finally:
        _log_in_as(cluster, "rooms_web")


def _log_in_as(cluster: WorkerCluster, role: str) -> None:
    for alias in ALIASES:
        url = psycopg.conninfo.conninfo_to_dict(cluster.url(alias, role))
        connections[alias].settings_dict |= {"USER": url["user"], "PASSWORD": url["password"]}
