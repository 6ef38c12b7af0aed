"""Legal holds: two people place and release one, and nothing that is held is destroyed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, connections

from access.residency import region
from access.verdict import Refused
from diagnostics.actions import holds
from diagnostics.kinds import KeyClass
from diagnostics.models import HoldReach, LegalHold
from diagnostics.states import CollectionState
from diagnostics.vault.destroying import destroy_all_keys, destroy_data_keys
from rooms.actions.incident_row import Hand
from tests import people
from tests.acts import granted
from tests.diagnostics.collections import OWNER, collected
from tests.diagnostics.keeping import ERASE, HEALTH, gated, placed_hold, record
from tests.diagnostics.sending import APP
from tests.diagnostics.test_logs import log
from tests.diagnostics.test_retention import age


@pytest.fixture
def ada(tenant):
    """A second person who may ask."""
    return people.person("ada", asks=[tenant])


@pytest.fixture
def held(asha, bo, bea, tenant):
    """`held(reach, key, reference)`: a hold that asha has placed; and asha's grant."""

    def make(reach=HoldReach.TENANT, key=None, reference=""):
        grant = granted(asha, tenant, [bo, bea], HEALTH, ERASE)
        return placed_hold(asha, tenant, grant, reach, key, reference), grant

    return make


def do(act, by, tenant, grant, hold, **more) -> LegalHold:
    """An act on a hold, as the page does it."""
    with gated(by, tenant) as opened:
        record(opened)
        hand = Hand(by, grant.reference, grant.purpose)
        return act(hand=hand, reference=hold.reference, **more)


def stands(hold: LegalHold) -> LegalHold:
    with region("eu"):
        return LegalHold.objects.using(OWNER).get(pk=hold.pk)


def test_whoever_placed_a_hold_does_not_confirm_it(asha, tenant, held):
    hold, grant = held()
    with pytest.raises(Refused, match="You placed"):
        do(holds.confirm_hold, asha, tenant, grant, hold)
    assert stands(hold).confirmed_at is None


def test_two_place_and_two_release(asha, ada, bo, bea, tenant, held):
    hold, grant = held()
    second = granted(ada, tenant, [bo, bea], HEALTH, ERASE)
    assert do(holds.confirm_hold, ada, tenant, second, hold).confirmed_at
    do(holds.ask_release, ada, tenant, second, hold, reason="The case is closed")
    with pytest.raises(Refused, match="You asked"):
        do(holds.release_hold, ada, tenant, second, hold)
    do(holds.release_hold, asha, tenant, grant, hold)
    assert stands(hold).released_at is not None


def test_release_that_is_refused_can_be_asked_for_again(asha, ada, bo, bea, tenant, held):
    hold, grant = held()
    second = granted(ada, tenant, [bo, bea], HEALTH, ERASE)
    do(holds.confirm_hold, ada, tenant, second, hold)
    do(holds.ask_release, ada, tenant, second, hold, reason="The case is closed")
    do(holds.refuse_release, asha, tenant, grant, hold)
    do(holds.ask_release, asha, tenant, grant, hold, reason="Now it is")
    assert stands(hold).release_asked_by_label == "Asha"


@pytest.mark.parametrize(
    "change",
    [
        "released_at = now(), released_by_person = lock.actor()",
        "confirmed_at = now(), confirmed_by_person = (lock.context()).person",
        "reason = 'another'",
        "lapses_at = now() + interval '1 year'",
        "reach = 'room', reach_id = gen_random_uuid()",
    ],
    ids=["released", "confirmed alone", "reason", "later", "reach"],
)
def test_database_refuses_what_the_rules_would(asha, tenant, held, change):
    hold, _ = held()
    with (
        pytest.raises(DatabaseError),
        gated(asha, tenant) as opened,
        connections["eu"].cursor() as cursor,
    ):
        record(opened)
        cursor.execute(f"update diagnostics_legalhold set {change}")
    assert stands(hold).reason == "A court asks for it"


def test_no_person_deletes_a_hold(asha, tenant, held):
    held()
    with (
        pytest.raises(DatabaseError),
        gated(asha, tenant) as opened,
        connections["eu"].cursor() as cursor,
    ):
        record(opened)
        cursor.execute("delete from diagnostics_legalhold")


@pytest.mark.parametrize("reach", list(HoldReach))
def test_nothing_held_goes_by_age(ready, asha, tenant, held, rows, retain, superuser, reach):
    collection = ready((APP, "app_log", log(8)))
    age(superuser, timedelta(days=40))
    key = {"tenant": None, "room": collection.room_id, "collection": collection.pk}[reach]
    hold, _ = held(reach, key, collection.reference)
    before = rows()
    assert retain().files == 0
    assert rows() == before
    superuser["eu"].execute("set session_replication_role = replica")
    superuser["eu"].execute("update diagnostics_legalhold set released_at = now()")
    superuser["eu"].execute("set session_replication_role = origin")
    assert stands(hold).released_at is not None
    assert retain().files == 1


def test_hold_of_another_collection_keeps_nothing_here(ready, tenant, held, retain, superuser, box):
    ready((APP, "app_log", log(8)))
    other = collected(box.device, tenant, state=CollectionState.EXPIRED)
    age(superuser, timedelta(days=40))
    held(HoldReach.COLLECTION, other.pk, other.reference)
    assert retain().files == 1


def test_hold_that_nobody_confirms_lapses(
    ready, asha, tenant, held, retain, superuser, held_clock
):  # fmt: skip
    ready((APP, "app_log", log(8)))
    age(superuser, timedelta(days=40))
    held()
    held_clock.shift(timedelta(days=2, hours=23))
    assert retain().files == 0
    held_clock.shift(timedelta(days=3, minutes=1))
    assert retain().files == 1


DELETES = (
    "delete from diagnostics_logentry",
    "delete from diagnostics_logword",
    "delete from diagnostics_loghour",
    "delete from diagnostics_collectionfile",
    "update diagnostics_collectionfile set destroyed_at = now()",
    "update diagnostics_contentkey set wrapped = '', destroyed_at = now()",
    "delete from diagnostics_collectionpart",
)


@pytest.mark.parametrize("statement", DELETES)
def test_database_keeps_what_is_held_from_the_worker(
    ready, asha, tenant, held, as_worker, as_web, statement
):
    ready((APP, "app_log", log(3)))
    held()
    as_worker()
    with pytest.raises(DatabaseError, match="legal hold"), connections["eu"].cursor() as cursor:
        cursor.execute(statement)
    as_web()


def test_keys_of_what_is_held_are_not_destroyed(ready, tenant, held, as_worker, as_web):
    collection = ready((APP, "app_log", log(3)))
    held(HoldReach.COLLECTION, collection.pk, collection.reference)
    as_worker()
    with pytest.raises(DatabaseError, match="legal hold"):
        destroy_data_keys("eu", tenant.pk, [KeyClass.LOG])
    with pytest.raises(DatabaseError, match="legal hold"):
        destroy_all_keys("eu", tenant.pk)
    as_web()


def test_holds_are_in_the_record(asha, tenant, held, superuser):
    hold, _ = held()
    [(detail,)] = (
        superuser["eu"]
        .execute("select detail from access_auditevent where type = 'hold.placed'")
        .fetchall()
    )
    assert detail["hold"] == hold.reference
    assert "court" not in str(detail)
