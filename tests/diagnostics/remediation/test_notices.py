"""The outbox of notices: written with their act, brought at least once, standing once, no text."""

from __future__ import annotations

import uuid

import pytest
from django.db import DatabaseError, OperationalError, ProgrammingError, connections, transaction

from access import residency
from access.models import Notice, NoticeCode
from access.references import new_reference
from diagnostics.models import RemediationNotice
from diagnostics.remediation.queue.notices import PATHS, carry, path_of, tell
from diagnostics.tasks import carry_from
from tests.acts import entered

DIES = """
    create function lock.test_dies() returns trigger language plpgsql as $$
    begin
        perform pg_terminate_backend(pg_backend_pid());
        return new;
    end $$;
    grant execute on function lock.test_dies() to public;
"""


@pytest.fixture
def deadly(superuser):
    """Call it with an alias and an event on a table: whoever works at that is killed."""
    laid = []

    def lay(alias: str, event: str, table: str) -> None:
        superuser[alias].execute(
            DIES + f"create trigger zz_dies before {event} on {table}"
            " for each row execute function lock.test_dies()"
        )
        laid.append((alias, table))

    def lift() -> None:
        while laid:
            alias, table = laid.pop()
            superuser[alias].execute(f"drop trigger zz_dies on {table}")
            superuser[alias].execute("drop function lock.test_dies()")

    lay.lift = lift
    yield lay
    lift()


def told(person, tenant, *codes: str) -> list[str]:
    """Tell asha of some items, in a context of hers; their references."""
    references = [new_reference("RJ") for _ in codes]
    with entered(person, tenant):
        for reference, code in zip(references, codes, strict=True):
            tell(tenant, reference, code, person.pk)
    return references


def standing(superuser) -> list[tuple[uuid.UUID, str, str, str]]:
    """What the control plane has, by reference."""
    return (
        superuser["default"]
        .execute("select staff_id, code, reference, path from access_notice order by reference")
        .fetchall()
    )


def waiting(superuser) -> int:
    """How many have not been carried."""
    row = superuser["eu"].execute(
        "select count(*) from diagnostics_remediationnotice where carried_at is null"
    )
    return row.fetchone()[0]


def die(region: str) -> None:
    """Carry until the connection is killed; whoever asks next gets a new one."""
    with pytest.raises((OperationalError, DatabaseError)):
        carry(region)
    for alias in ("default", region):
        connections[alias].close()


def test_notice_is_carried_under_its_id_with_the_way_to_its_page(asha, tenant, as_worker):
    (reference,) = told(asha, tenant, "item_ended")
    as_worker()
    carry_from.apply(args=["eu"], throw=True)
    with residency.region("eu"):
        outbox = RemediationNotice.objects.get()
    notice = Notice.objects.get()
    assert notice.pk == outbox.pk
    assert (notice.staff_id, notice.code) == (asha.pk, NoticeCode.ITEM_ENDED)
    assert notice.path == f"/t/{tenant.reference}/remediation/{reference}/"
    assert notice.made_at == outbox.made_at <= outbox.carried_at
    assert carry("eu") == 0


def test_nobody_is_told_twice_in_one_call_and_none_is_nobody(asha, bo, tenant):
    with entered(asha, tenant):
        assert tell(tenant, "RJ-AAAA1111", "decided", asha.pk, None, bo.pk, asha.pk) == 2


def test_worker_tells_by_id_and_reference(asha, tenant, as_worker):
    as_worker()
    with residency.region("eu"), transaction.atomic(using="eu"):
        tell((tenant.pk, tenant.reference), "RW-AAAA1111", "wave_done", asha.pk)
    assert carry("eu") == 1


def test_notice_goes_with_its_act_or_not_at_all(asha, tenant, superuser):
    class Changed(Exception):
        """The act fails after all."""

    with pytest.raises(Changed), entered(asha, tenant):
        tell(tenant, "RJ-AAAA1111", "item_ended", asha.pk)
        raise Changed
    assert waiting(superuser) == 0


def test_worker_killed_before_the_control_plane_kept_it_loses_nothing(
    asha, tenant, as_worker, superuser, deadly
):
    references = told(asha, tenant, "item_ended", "decided")
    as_worker()
    deadly("default", "insert", "access_notice")
    die("eu")
    assert standing(superuser) == []
    deadly.lift()
    assert carry("eu") == 2
    assert [reference for _, _, reference, _ in standing(superuser)] == sorted(references)


def test_worker_killed_between_bringing_and_marking_brings_nothing_twice(
    asha, tenant, as_worker, superuser, deadly
):
    references = told(asha, tenant, "item_ended", "decided")
    as_worker()
    deadly("eu", "update", "diagnostics_remediationnotice")
    die("eu")
    assert len(standing(superuser)) == 2
    assert waiting(superuser) == 2
    deadly.lift()
    assert carry("eu") == 2
    assert [reference for _, _, reference, _ in standing(superuser)] == sorted(references)
    assert waiting(superuser) == 0


def test_second_worker_leaves_alone_what_the_first_one_carries(asha, tenant, as_worker, superuser):
    told(asha, tenant, "item_ended")
    as_worker()
    other = superuser["eu"]
    with other.transaction():
        other.execute("select from diagnostics_remediationnotice for update")
        assert carry("eu") == 0
    assert carry("eu") == 1


# -- No customer data -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reference", "code"),
    [
        ("Board room of Contoso", "item_ended"),
        ("RJ-board room", "item_ended"),
        ("RM-AAAA1111", "item_ended"),
        ("RJ-AAAA1111", "the projector of Contoso is broken"),
        ("RJ-AAAA1111\n", "item_ended"),
    ],
    ids=["words", "words after a prefix", "a room", "words as code", "a line more"],
)
def test_tell_refuses_words(asha, tenant, reference, code):
    with (
        entered(asha, tenant),
        pytest.raises(ValueError, match=r"A notice names|is not a valid NoticeCode"),
    ):
        tell(tenant, reference, code, asha.pk)


@pytest.mark.parametrize(
    "changed",
    [{"reference": "Contoso"}, {"code": "It broke."}, {"tenant_reference": "Contoso AG"}],
    ids=lambda changed: next(iter(changed)),
)
def test_database_refuses_words_whoever_writes_them(asha, tenant, as_worker, changed):
    fields = {
        "tenant_id": tenant.pk,
        "staff_id": asha.pk,
        "code": "item_ended",
        "reference": "RJ-AAAA1111",
        "tenant_reference": tenant.reference,
        "made_at": "2026-01-01T00:00Z",
    }
    as_worker()
    with residency.region("eu"), pytest.raises(DatabaseError, match="is_no_text"):
        RemediationNotice.objects.create(**fields | changed)
    fields.pop("tenant_id")
    with pytest.raises(DatabaseError, match="is_no_text"):
        Notice.objects.create(path="/t/TN-AAAA/", **fields | changed)


def test_page_reads_no_outbox(asha, tenant):
    told(asha, tenant, "item_ended")
    with entered(asha, tenant), pytest.raises(ProgrammingError, match="permission denied"):
        RemediationNotice.objects.count()


@pytest.mark.parametrize("prefix", sorted(PATHS))
def test_every_kind_of_reference_has_a_path_that_the_database_takes(asha, prefix, as_worker):
    reference = new_reference(prefix)
    path = path_of("TN-AAAA1111", reference)
    as_worker()
    Notice.objects.create(
        staff_id=asha.pk,
        code="decided",
        reference=reference,
        tenant_reference="TN-AAAA1111",
        path=path,
        made_at="2026-01-01T00:00Z",
    )
