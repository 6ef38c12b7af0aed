"""The inside of the lock: its tables, its functions, and what they tell to whom."""

from __future__ import annotations

import pytest

from tests.architecture.attack import NO_CONTEXT
from tests.architecture.conftest import Hand

INSIDE = [
    "select * from lock.key",
    "select * from lock.setting",
    "select * from lock.staged",
    "select * from lock.scope_limit",
    "select * from lock.move",
    "select * from lock.effective_grant",
    "insert into lock.key values ('x', sha512('x'), sha512('x'))",
    "update lock.setting set value = 'x'",
    "insert into lock.scope_limit values ('inventory.view', '1 year', 1, true)",
    "delete from lock.move",
    "delete from lock.staged",
    "select lock.read('x')",
    "select lock.refuse('x')",
    "select lock.strictest('{}')",
    "select lock.votes_needed('{}')",
    "select lock.is_locked_out(gen_random_uuid(), gen_random_uuid())",
    "create or replace function lock.now() returns timestamptz language sql as 'select now()'",
    "create or replace function lock.tenant_for(text) returns uuid language sql as"
    " 'select null::uuid'",
    "alter function lock.tenant_for(text) security invoker",
    "drop function lock.tenant_for(text) cascade",
    "create function lock.mine() returns int language sql as 'select 1'",
]


def test_inside_of_the_lock_is_out_of_reach(asha_in: Hand) -> None:
    assert asha_in.web.survivors(INSIDE, asha_in.token) == []


def test_functions_of_the_lock_give_nothing_without_a_context(asha_in: Hand) -> None:
    web = asha_in.web
    assert web.one("select lock.context() is null") is True
    assert web.one("select lock.actor()") is None
    assert web.one("select lock.claims('stop')") is False
    assert web.one("select lock.tenants('may_decide')") == []
    assert web.one("select lock.tenant_for('inventory.view')") is None
    assert web.one("select lock.rooms_for('inventory.view')") == []
    assert web.rows("select * from lock.open_grants()") == []
    assert web.rows("select * from lock.held('')") == []
    assert web.rows("select * from lock.my_events('view.rooms', '-infinity', 9)") == []
    for forged in ("x", "2|k1|eu|" + "|" * 9):
        with pytest.raises(NO_CONTEXT):
            web.rows("select * from lock.held(%s)", forged)


def test_functions_of_the_lock_tell_of_the_own_grants_only(
    asha_in: Hand, casey: object, other_tenant: object
) -> None:
    with asha_in.web.under(asha_in.token):
        found = asha_in.web.rows("select holder_id from lock.open_grants()")
        assert found == [(asha_in.token.actor,)]
        assert asha_in.web.one("select lock.tenant_for(%s)", "no.such.scope") is None
        assert asha_in.web.one("select lock.tenants(%s)", "%") == []
