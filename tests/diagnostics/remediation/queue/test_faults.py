"""Two workers at once, a worker that is cut off, and a database that refuses one item."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import OperationalError, connections

from diagnostics.remediation.queue import dispatch
from diagnostics.remediation.queue.dispatch import dispatch_due
from diagnostics.remediation.queue.follow import follow_due
from diagnostics.remediation.queue.verify import verify_due
from tests.diagnostics.remediation.queue.place import MINUTE


def on_two_threads(work: Callable[[], Any]) -> list[Any]:
    """Run the same on two connections at once."""
    ready = threading.Barrier(2)

    def job() -> Any:
        try:
            ready.wait(30)
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as two:
        return [one.result() for one in [two.submit(job), two.submit(job)]]


def limited(place, **limits):
    """The customer has agreed on stricter limits."""
    place.sql(
        "insert into diagnostics_remediationsettings (id, tenant_id, reference, tenant_reference,"
        " version, reason, state, state_at, digest, proposed_by_id, proposed_by_person,"
        " proposed_by_label, grant_reference, proposed_at, ended_by_label, document) values ("
        "gen_random_uuid(), %(id)s, 'RS-11111111', %(name)s, 1, 'x', 'in_force', %(at)s, 'd',"
        " %(id)s, %(id)s, 'A', '', %(at)s, '', jsonb_build_object('limits', %(limits)s::jsonb))",
        {
            "id": place.tenant.pk, "name": place.tenant.reference, "at": place.at,
            "limits": str(limits).replace("'", '"'),
        },
    )  # fmt: skip


def test_two_workers_pass_no_cap_together(place, grant, asha):
    grant()
    limited(place, tenant_per_hour=7)
    place.items(place.devices(30), by=asha)
    while place.states().get("approved"):
        dispatch_due("eu")

    def work() -> None:
        for _ in range(30):
            dispatch_due("eu", 3)

    on_two_threads(work)
    while dispatch_due("eu"):
        pass
    assert place.states() == {"dispatched": 7, "scheduled": 23}
    assert len(place.commands()) == 7


def test_two_workers_judge_nothing_twice(place, asha):
    place.items(
        place.devices(40, reports=False), "restart_clear_cache", by=asha, state="verifying",
        reason_code="answer_lost", sent_at=place.at,
    )  # fmt: skip
    place.wait(61 * MINUTE)
    moved = on_two_threads(lambda: sum(verify_due("eu", 5) for _ in range(20)))
    assert sum(moved) == 40
    assert place.states() == {"failed": 40}
    assert len(place.incidents()) == 40


class Cut(BaseException):
    """The worker is gone."""


@pytest.mark.parametrize("where", ["hand_over", "keep"])
def test_worker_that_dies_in_a_batch_has_sent_nothing_and_the_next_sends_all(
    place, grant, asha, monkeypatch, superuser, where
):
    grant()
    items = place.items(place.devices(5), by=asha)
    dispatch_due("eu")
    target = dispatch.agent if where == "hand_over" else dispatch.Moves
    whole = getattr(target, where)

    def cut(*args: Any) -> None:
        whole(*args)
        with connections["eu"].cursor() as cursor:
            cursor.execute("select pg_backend_pid()")
            (pid,) = cursor.fetchone()
        superuser["eu"].execute("select pg_terminate_backend(%s, 10000)", [pid])

    monkeypatch.setattr(target, where, cut)
    with pytest.raises(OperationalError):
        dispatch_due("eu")
    connections["eu"].close()
    assert place.states() == {"scheduled": 5}
    assert place.commands() == []
    assert "remediation.dispatched" not in dict(place.events())
    monkeypatch.undo()
    while dispatch_due("eu"):
        pass
    assert place.states() == {"dispatched": 5}
    assert {one.id for one in place.commands()} == {place.now(i).command_id for i in items}


def test_item_that_the_database_refuses_holds_up_no_other(place, grant, asha):
    grant()
    odd, *others = place.items(place.devices(4), by=asha)
    dispatch_due("eu")
    place.sql(
        "create function public.refuse_odd() returns trigger language plpgsql as"
        " $$ begin raise exception 'odd'; end $$"
    )
    place.sql(
        f"create trigger zz_odd before update on diagnostics_remediation for each row when"
        f" (new.id = '{odd.pk}' and new.state = 'dispatched')"
        f" execute function public.refuse_odd()"
    )
    try:
        dispatch_due("eu")
    finally:
        place.sql("drop trigger zz_odd on diagnostics_remediation")
        place.sql("drop function public.refuse_odd()")
    assert [place.stands(item)[0] for item in others] == ["dispatched"] * 3
    assert place.stands(odd) == ("scheduled", "scheduled")
    assert place.now(odd).next_at > place.at


def test_same_bell_twice_makes_no_second_command(place, grant, asha):
    grant()
    item = place.item(place.device(), by=asha)
    for _ in range(5):
        dispatch_due("eu")
        follow_due("eu")
    assert len(place.commands(item)) == 1
    # even if the row were set back by hand, the attempt has its command already
    place.sql(
        "update diagnostics_remediation set state = 'scheduled', reason_code = 'scheduled',"
        " sent_at = null, next_at = %s where id = %s",
        [place.at, item.pk],
    )
    dispatch_due("eu")
    assert place.stands(item)[0] == "dispatched"
    assert len(place.commands(item)) == 1


def test_stop_that_is_placed_in_the_middle_of_a_batch_lets_nothing_through(
    place, grant, asha, monkeypatch
):
    grant()
    items = place.items(place.devices(3), by=asha)
    dispatch_due("eu")
    judge = dispatch.decide
    placed: list[str] = []

    def slowly(*args: Any) -> Any:
        decided = judge(*args)
        if not placed:
            placed.append(place.stop())
        return decided

    monkeypatch.setattr(dispatch, "decide", slowly)
    dispatch_due("eu")
    assert {place.stands(item) for item in items} == {("paused", "emergency_stop")}
    assert place.commands() == []
