"""Acts that meet at one incident, and an act that waited longer than its grant lasted."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import psycopg
import pytest
from django.db import connections

from tests.acts import granted
from tests.factories import furnish, incident_of
from tests.rooms.incidents import HEALTH, WORK, acts, again, fill, url_of
from tests.rooms.pages import OVER, SHORT


@pytest.fixture
def incident(tenant):
    return incident_of(furnish(tenant).rooms[0])


@pytest.fixture
def path(tenant, incident) -> str:
    return url_of(tenant, incident)


def in_thread(act) -> tuple[threading.Thread, list]:
    """Begin an act on connections of its own; its answer appears in the list."""
    answers: list = []

    def run() -> None:
        try:
            answers.append(act())
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, answers


def wait_for_a_lock(superuser) -> None:
    """Until somebody waits for a row in the EU; other tests wait in other databases."""
    until = time.monotonic() + 60
    waiting = "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
    waiting += " and datname = current_database()"
    while not superuser["eu"].execute(waiting).fetchone()[0]:
        assert time.monotonic() < until, "nobody waits"
        time.sleep(0.02)


def test_act_that_waited_past_the_end_of_its_grant_does_nothing(
    sign_in, asha, bo, tenant, incident, path, cluster, superuser, held_clock
):
    granted(asha, tenant, [bo], HEALTH, WORK, duration=SHORT)
    client = sign_in(asha)
    sent = fill(client, path, "/assign/", to="me")
    with psycopg.connect(cluster.superuser("eu")) as other:
        other.execute("select from rooms_incident where id = %s for update", [incident.pk])
        thread, answers = in_thread(lambda: client.post(f"{path}assign/", sent))
        wait_for_a_lock(superuser)
        held_clock.shift(OVER + timedelta(seconds=1))
        other.rollback()
    thread.join(60)
    assert answers[0].status_code == 403
    assert again(incident).assignment == "pending"
    assert acts(superuser) == []


def test_two_who_act_at_once_are_not_both_done(
    sign_in, asha, eli, bo, tenant, incident, path, cluster, superuser
):
    clients = []
    for person in (asha, eli):
        granted(person, tenant, [bo], HEALTH, WORK)
        client = sign_in(person)
        clients.append((client, fill(client, path, "/assign/", to="me")))
    with psycopg.connect(cluster.superuser("eu")) as other:
        other.execute("select from rooms_incident where id = %s for update", [incident.pk])
        begun = [
            in_thread(lambda one=one, sent=sent: one.post(f"{path}assign/", sent))
            for one, sent in clients
        ]
        wait_for_a_lock(superuser)
        other.rollback()
    for thread, _ in begun:
        thread.join(60)
    assert sorted(answers[0].status_code for _, answers in begun) == [303, 409]
    assert len(acts(superuser)) == 1
