"""Nothing but a context that the application signed, for this connection and now, opens a row."""

from __future__ import annotations

import json
import uuid
from contextlib import suppress

import psycopg
import pytest
from django.conf import settings
from psycopg import errors

from access.lock.keys import SigningKey
from access.lock.provision import pads
from access.models import Staff, Tenant
from tests.architecture import canaries
from tests.architecture.attack import NO_CONTEXT, Token
from tests.architecture.canaries import ABSENT, LOCKED
from tests.architecture.conftest import Connect, Hand

COUNT = "select count(*) from rooms_room"


def test_good_context_opens_exactly_its_own_tenant(asha_in: Hand) -> None:
    """Without this, every test below could pass because nothing works at all."""
    with asha_in.web.under(asha_in.token):
        for table in LOCKED:
            tenants = {row[0] for row in asha_in.web.rows(f"select tenant_id from {table}")}
            assert tenants == {asha_in.token.tenant}, table


def test_no_context_shows_no_row_76(asha_in: Hand) -> None:
    for table in LOCKED + ABSENT:
        assert asha_in.web.rows(f"select * from {table}") == [], table


def test_no_context_is_bound_on_the_owner_by_force_76(
    asha_in: Hand, superuser: dict[str, psycopg.Connection]
) -> None:
    """Row security is forced: with its policy gone, the owner itself sees nothing."""
    line = superuser["eu"]
    with line.transaction(force_rollback=True):
        line.execute("drop policy owner_keeps on rooms_room")
        line.execute("set local role rooms_owner")
        assert line.execute(COUNT).fetchone() == (0,)


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "1",
        "|" * 12,
        "2|" + "|" * 11,
        "null",
        json.dumps({"actor": str(uuid.UUID(int=1)), "tenant": str(uuid.UUID(int=2))}),
        "2|k1|eu|a|b|c|d|e|f|g|h|i|",
        "2|" + "|".join(["%s"] * 12),
        "\u202e2|é|eu|||||||||",
    ],
)
def test_plain_setting_is_refused(asha_in: Hand, text: str) -> None:
    with pytest.raises(NO_CONTEXT), asha_in.web.under(text):
        asha_in.web.rows(COUNT)


def test_forged_mac_is_refused(asha_in: Hand) -> None:
    forged = SigningKey(settings.LOCK_KEYS["eu"].signing().kid, b"f" * 32)
    with pytest.raises(NO_CONTEXT, match="forged"), asha_in.web.under(asha_in.token.signed(forged)):
        asha_in.web.rows(COUNT)


def test_mac_left_out_is_refused(asha_in: Hand) -> None:
    for text in ("|".join(asha_in.token.fields()) + "|", "|".join(asha_in.token.fields())):
        with pytest.raises(NO_CONTEXT), asha_in.web.under(text):
            asha_in.web.rows(COUNT)


@pytest.mark.parametrize("field", range(12))
def test_any_changed_field_is_refused(asha_in: Hand, field: int) -> None:
    """Each field by itself: version, key, region, actor, person, session, tenant, room, claims,
    event, process, end."""
    parts = asha_in.token.signed().split("|")
    parts[field] = {10: str(asha_in.web.pid + 1), 11: "99999999999.0"}.get(field, str(uuid.uuid4()))
    with pytest.raises(NO_CONTEXT), asha_in.web.under("|".join(parts)):
        asha_in.web.rows(COUNT)


def test_fields_shifted_under_the_same_mac_are_refused(asha_in: Hand) -> None:
    parts = asha_in.token.signed().split("|")
    text = "|".join([*parts[:6], f"{parts[6]}{parts[7]}", "", *parts[8:]])
    swapped = "|".join([*parts[:3], parts[4], parts[3], *parts[5:]])
    for one in (text + "|", swapped + " "):
        with pytest.raises(NO_CONTEXT), asha_in.web.under(one):
            asha_in.web.rows(COUNT)


def test_unknown_key_is_refused(asha_in: Hand) -> None:
    other = SigningKey("k9", b"s" * 32)
    text = asha_in.token.but(kid="k9").signed(other)
    with pytest.raises(NO_CONTEXT, match="unknown key"), asha_in.web.under(text):
        asha_in.web.rows(COUNT)


def test_retired_key_is_refused_and_a_second_live_one_is_good(
    asha_in: Hand, superuser: dict[str, psycopg.Connection]
) -> None:
    behind, old = superuser["eu"], SigningKey("old", b"o" * 32)
    text = asha_in.token.but(kid="old").signed(old)
    behind.execute(
        "insert into lock.key (kid, inner_pad, outer_pad) values ('old', %s, %s)",
        list(pads(old.secret)),
    )
    try:
        with asha_in.web.under(text):
            assert asha_in.web.one(COUNT) == 2
        behind.execute("update lock.key set retired_at = now() where kid = 'old'")
        with pytest.raises(NO_CONTEXT, match="unknown key"), asha_in.web.under(text):
            asha_in.web.rows(COUNT)
    finally:
        behind.execute("delete from lock.key where kid = 'old'")


def test_expired_context_is_refused(asha_in: Hand) -> None:
    with (
        pytest.raises(NO_CONTEXT, match="expired"),
        asha_in.web.under(asha_in.token.but(expires_in=-0.1)),
    ):
        asha_in.web.rows(COUNT)


# Contexts end by the real clock; on a busy machine the first may be over before it is used.
LASTING = (0.4, 2.0, 10.0)


def test_context_expires_in_the_middle_of_a_transaction(asha_in: Hand) -> None:
    for seconds in LASTING:
        with asha_in.web.under(asha_in.token.but(expires_in=seconds)):
            try:
                assert asha_in.web.one(COUNT) == 2
            except NO_CONTEXT:
                continue
            asha_in.web.line.execute("select pg_sleep(%s)", [seconds + 0.1])
            with pytest.raises(NO_CONTEXT, match="expired"):
                asha_in.web.rows(COUNT)
            return
    pytest.fail("no context lasted for one statement")


def test_context_replayed_in_a_later_transaction_dies_with_its_minute(asha_in: Hand) -> None:
    """On its own connection a context can be said again until it expires; then no more."""
    for seconds in LASTING:
        text = asha_in.token.but(expires_in=seconds).signed()
        with suppress(NO_CONTEXT), asha_in.web.under(text):
            assert asha_in.web.one(COUNT) == 2
            break
    else:
        pytest.fail("no context lasted for one statement")
    asha_in.web.line.execute("select pg_sleep(%s)", [seconds + 0.1])
    with pytest.raises(NO_CONTEXT, match="expired"), asha_in.web.under(text):
        asha_in.web.rows(COUNT)


def test_context_of_another_backend_is_refused(asha_in: Hand, connect: Connect) -> None:
    thief = connect("rooms_web", "eu")
    with pytest.raises(NO_CONTEXT, match="another connection"), thief.under(asha_in.token):
        thief.rows(COUNT)


def test_context_of_another_region_is_refused(asha_in: Hand) -> None:
    """Signed with that region's own key, and with ours."""
    apac = asha_in.token.but(region="apac")
    for text in (apac.signed(), apac.but(kid="").signed(settings.LOCK_KEYS["eu"].signing())):
        with pytest.raises(NO_CONTEXT), asha_in.web.under(text):
            asha_in.web.rows(COUNT)


def test_region_that_does_not_know_its_name_opens_nothing(
    asha_in: Hand, superuser: dict[str, psycopg.Connection]
) -> None:
    behind = superuser["eu"]
    behind.execute("update lock.setting set name = 'gone' where name = 'region'")
    try:
        with pytest.raises(NO_CONTEXT, match="region"), asha_in.web.under(asha_in.token):
            asha_in.web.rows(COUNT)
    finally:
        behind.execute("update lock.setting set name = 'region' where name = 'gone'")


def test_event_of_another_person_is_no_record(
    asha_in: Hand, casey: Staff, tenant: Tenant, superuser: dict[str, psycopg.Connection]
) -> None:
    event = canaries.event_row(superuser["eu"], casey, tenant)
    with (
        pytest.raises(NO_CONTEXT, match="without a record"),
        asha_in.web.under(asha_in.token.but(event=event)),
    ):
        asha_in.web.rows(COUNT)


def test_event_about_another_tenant_is_no_record(
    asha_in: Hand, asha: Staff, other_tenant: Tenant, superuser: dict[str, psycopg.Connection]
) -> None:
    event = canaries.event_row(superuser["eu"], asha, other_tenant)
    with (
        pytest.raises(NO_CONTEXT, match="without a record"),
        asha_in.web.under(asha_in.token.but(event=event)),
    ):
        asha_in.web.rows(COUNT)


@pytest.mark.parametrize("event", [None, uuid.UUID(int=7)])
def test_read_without_a_record_is_refused(asha_in: Hand, event: uuid.UUID | None) -> None:
    with (
        pytest.raises(NO_CONTEXT, match="without a record"),
        asha_in.web.under(asha_in.token.but(event=event)),
    ):
        asha_in.web.rows(COUNT)


def test_record_that_is_rolled_back_takes_the_read_with_it(asha_in: Hand, asha: Staff) -> None:
    event = uuid.uuid4()
    with asha_in.web.under(asha_in.token.but(event=event)):
        asha_in.web.line.execute("savepoint before")
        asha_in.web.line.execute(
            "insert into access_auditevent (id, recorded_at, type, outcome, actor_id, actor_label,"
            " session, tenant_id, tenant_reference, scopes, grant_references, purpose,"
            " subject_type, subject_reference, detail) values (%s, now(), 'view.rooms', 'opened',"
            " %s, '', 'attack', %s, '', '{}', '{}', '', '', '', '{}')",
            [event, asha.pk, asha_in.token.tenant],
        )
        assert asha_in.web.one(COUNT) == 2
        asha_in.web.line.execute("rollback to before")
        with pytest.raises(NO_CONTEXT, match="without a record"):
            asha_in.web.rows(COUNT)


def test_wrong_key_length_never_reaches_the_database() -> None:
    """A short key would be refused at the start of the process, not at the first reader."""
    with pytest.raises(ValueError, match="32 bytes"):
        type(settings.LOCK_KEYS["eu"]).parse("k1:abcd")


def test_older_snapshot_is_refused(asha_in: Hand) -> None:
    """Under repeatable read a revoked grant would still look live."""
    for level in ("repeatable read", "serializable"):
        asha_in.web.line.execute(f"begin isolation level {level}")
        try:
            asha_in.web.set(asha_in.token.signed())
            with pytest.raises(NO_CONTEXT, match="read committed"):
                asha_in.web.rows(COUNT)
        finally:
            asha_in.web.line.execute("rollback")


def test_context_outlives_neither_commit_nor_rollback(asha_in: Hand) -> None:
    for ending in ("commit", "rollback"):
        asha_in.web.line.execute("begin")
        asha_in.web.set(asha_in.token.signed())
        assert asha_in.web.one(COUNT) == 2
        asha_in.web.line.execute(ending)
        assert asha_in.web.one(COUNT) == 0
        assert asha_in.web.one("select current_setting('lock.context', true)") in ("", None)


def test_context_that_is_not_uuids_is_an_error_and_no_row(asha_in: Hand) -> None:
    """Signed, but not by our code: still nothing comes out."""
    token = Token(pid=asha_in.web.pid, actor="' or true --", tenant=asha_in.token.tenant)  # type: ignore[arg-type] # on purpose
    with pytest.raises(errors.InvalidTextRepresentation), asha_in.web.under(token):
        asha_in.web.rows(COUNT)
