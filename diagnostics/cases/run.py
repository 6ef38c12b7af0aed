"""Carry running cases out, step by step, and certify them. Killed anywhere, it goes on there."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.db import DatabaseError, connections, transaction

from access import audit, clock, residency
from access.audit.keys import NoKey
from diagnostics.case_states import CaseState
from diagnostics.cases import steps
from diagnostics.cases.certificate import signed, statement_of
from diagnostics.models import Case, CaseCertificate, CaseStep, CaseVote
from diagnostics.retention.ledger import Ledger, close_row, detail_of
from diagnostics.storage import StillThere, StorageFault
from rooms.drain.line import Line

logger = logging.getLogger(__name__)
# The first half of the advisory lock's key; the case is the second.
CASES: Final = 0x0D1A8
HELD: Final = "A legal hold keeps this."


def run_cases(region: str, seconds: float = 600) -> int:
    """Go on with every running case of a region, as far as the time allows; how many are done."""
    until, done = time.monotonic() + seconds, 0
    with residency.region(region):
        running = Case.objects.filter(state=CaseState.RUNNING).order_by("started_at")
        for case in list(running[:50]):
            if time.monotonic() >= until:
                break
            with _claimed(region, case.pk) as ours:
                done += ours and run_case(region, case)
    return done


@contextmanager
def _claimed(region: str, key: uuid.UUID) -> Iterator[bool]:
    with connections[region].cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s, hashtext(%s))", [CASES, str(key)])
        ours = bool(cursor.fetchone()[0])
    try:
        yield ours
    finally:
        if ours:
            with connections[region].cursor() as cursor:
                cursor.execute("select pg_advisory_unlock(%s, hashtext(%s))", [CASES, str(key)])


def run_case(region: str, case: Case) -> bool:
    """Go on with one case; whether it is done. What keeps it is said in its row."""
    ledger = Ledger.of_case(region, (case.tenant_id, case.tenant_reference), case.reference)
    try:
        for number, (name, does) in enumerate(steps.steps_of(case), 1):
            _refuse_held(region, case)
            _step(region, case, number, name, does, ledger)
        _refuse_held(region, case)
        _certify(region, case, ledger, len(steps.steps_of(case)) + 1)
    except (steps.Waits, NoKey, StorageFault, StillThere, DatabaseError) as kept:
        _wait(region, case, kept)
        return False
    return True


def _refuse_held(region: str, case: Case) -> None:
    with transaction.atomic(using=region):
        held = Line(region).rows(
            "select diagnostics.is_case_held(%s, %s)", case.tenant_id, case.pk
        )[0][0]
    if held:
        raise steps.Waits(HELD)


def _wait(region: str, case: Case, kept: Exception) -> None:
    sentence = str(kept) if isinstance(kept, steps.Waits | NoKey) else "It is tried again."
    logger.warning("%s waits: %s", case.reference, kept)
    with transaction.atomic(using=region):
        Case.objects.filter(tenant_id=case.tenant_id, pk=case.pk).update(waits_for=sentence[:200])


def _step(
    region: str, case: Case, number: int, name: str, does: steps.Step, ledger: Ledger
) -> None:
    """One step, unless it is done; what it says is kept with that."""
    rows = CaseStep.objects.filter(tenant_id=case.tenant_id, case=case, number=number)
    row = rows.first()
    if row is not None and row.done_at is not None:
        return
    if row is None:
        row = CaseStep(
            tenant_id=case.tenant_id,
            case=case,
            number=number,
            name=name,
            begun_at=clock.now(region),
        )
        with transaction.atomic(using=region):
            row.save(force_insert=True)
    row.detail = does(region, case, ledger)
    row.done_at = clock.now(region)
    with transaction.atomic(using=region):
        row.save(update_fields=["detail", "done_at"])


def _certify(region: str, case: Case, ledger: Ledger, number: int) -> None:
    """Sign what was done, and end the case: all of it, or nothing."""
    done = {one.name: one for one in CaseStep.objects.filter(tenant_id=case.tenant_id, case=case)}
    votes = list(CaseVote.objects.filter(tenant_id=case.tenant_id, case=case, approves=True))
    with transaction.atomic(using=region):
        now = clock.now(region)
        if ledger.row is not None:
            close_row(region, ledger.row)
        size, root = Line(region).rows("select size, root from diagnostics.log_head()")[0]
        statement = statement_of(case, votes, done, ledger.row, (size, root), now, region)
        document, digest, key = signed(region, statement)
        CaseCertificate(
            tenant_id=case.tenant_id, case=case, document=document, sha256=digest, made_at=now
        ).save(force_insert=True)
        CaseStep(
            tenant_id=case.tenant_id,
            case=case,
            number=number,
            name="certify",
            begun_at=now,
            done_at=now,
            detail={"sha256": digest},
        ).save(force_insert=True)
        Case.objects.filter(tenant_id=case.tenant_id, pk=case.pk).update(
            state=CaseState.DONE, waits_for=""
        )
        told: dict[str, Any] = {"certificate_sha256": digest, "key": key, "kind": case.kind}
        if ledger.row is not None:
            told |= {name: detail_of(ledger.row)[name] for name in ("rows", "files", "keys")}
        audit.record_system(
            "case.done",
            region=region,
            tenant=(case.tenant_id, case.tenant_reference),
            subject=("case", case.reference),
            detail=told,
        )
