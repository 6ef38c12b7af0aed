"""When the database is away: 503, nothing is lost, and the device simply sends again."""

from __future__ import annotations

import psycopg

from tests.outage import down
from tests.rooms.device_api import bodies
from tests.rooms.device_api.conftest import Stored
from tests.rooms.device_api.devices import REPORTS, Box, problem


def test_database_that_is_away_is_said_and_the_report_is_taken_later(
    box: Box, stored: Stored
) -> None:
    body = bodies.as_bytes(bodies.report())
    with down("eu"):
        response = box.send("POST", REPORTS, body)
        assert response.status_code == 503
        assert problem(response)["code"] == "unavailable"
        assert int(response["Retry-After"]) > 0
    assert stored() == []
    assert box.send("POST", REPORTS, body).status_code == 202
    assert len(stored()) == 1


def test_connection_that_was_cut_costs_one_request(
    box: Box, stored: Stored, superuser: dict[str, psycopg.Connection]
) -> None:
    """The connection stays open between requests, so nobody has noticed yet that it is gone."""
    assert box.report().status_code == 202
    superuser["eu"].execute(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where usename = 'rooms_device' and datname = current_database()"  # nobody else's
    )
    whole = bodies.report()
    superuser["eu"].execute("update rooms_devicekey set last_accepted_at = null")
    assert problem(box.report(whole))["code"] == "unavailable"
    assert box.report(whole).status_code == 202
    assert len(stored()) == 2


def test_away_database_of_another_region_concerns_nobody_here(box: Box) -> None:
    with down("us", "default"):
        assert box.report().status_code == 202
