"""Any SQL as a page or as a worker against the queue of one tenant, with rows made as the owner."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import psycopg
from django.db import models as fields
from psycopg.types.json import Jsonb

from access.models import Grant, Staff, Tenant
from access.residency import region
from diagnostics import models
from rooms.models import Device
from tests.architecture import canaries, remediated
from tests.architecture.attack import REFUSED, Attacker

OWNER: Final = "eu_owner"


def insert_of(drawn: fields.Model) -> tuple[str, ...]:
    """The INSERT of a row that nobody has written yet, and its values."""
    named = {
        field.column: Jsonb(value) if isinstance(field, fields.JSONField) else value
        for field in drawn._meta.concrete_fields
        for value in [getattr(drawn, field.attname)]
        if not isinstance(field, fields.AutoField) and not (value is None and field.null)
    }
    columns, places = ", ".join(named), ", ".join(["%s"] * len(named))
    return (
        f"insert into {drawn._meta.db_table} ({columns}) values ({places})",
        *named.values(),
    )


@dataclass
class Guarded:
    """One tenant with two rooms; asha orders, bo and bea decide."""

    tenant: Tenant
    asha: Staff
    bo: Staff
    bea: Staff
    devices: list[Device]
    web: Attacker
    work: psycopg.Connection[Any]
    owner: psycopg.Connection[Any]
    superuser: psycopg.Connection[Any]
    under: str = "GR-00000001"

    @property
    def device(self) -> Device:
        """The first room's."""
        return self.devices[0]

    @property
    def decides(self) -> str:
        """The claim of an approver of the tenant."""
        return f"may_decide:{self.tenant.pk}"

    # -- Trying -----------------------------------------------------------------------------------

    def page(self, who: Staff, statement: str, *values: Any, claims: Iterable[str] = ()) -> int:
        """Run it as a page of that person, and commit; how many rows it changed."""
        event = canaries.event_row(self.superuser, who, self.tenant)
        token = canaries.token_of(who, self.tenant, self.web.pid, event, claims=tuple(claims))
        with self.web.committing(token) as line:
            return line.execute(statement, values).rowcount

    def worker(self, statement: str, *values: Any) -> int:
        """Run it as a worker, and commit; how many rows it changed."""
        return self.work.execute(statement, values).rowcount

    def refusal(self, who: Staff | None, statement: str, *values: Any, claims: Any = ()) -> str:
        """What it is refused with; empty, and done, when it is not. Nobody is a worker."""
        try:
            if who is None:
                self.worker(statement, *values)
            else:
                self.page(who, statement, *values, claims=claims)
        except REFUSED as refused:
            return str(refused).splitlines()[0]
        return ""

    def stand(self, state: str, table: str = "diagnostics_remediation") -> None:
        """Put everything into that state, as the owner."""
        self.owner.execute(f"update {table} set state = %s", [state])

    def behind(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """What stands there, whoever may see it."""
        return self.superuser.execute(statement, values).fetchall()

    def unguarded(self, statement: str, *values: Any) -> None:
        """Do it whatever guards and keys say."""
        with self.superuser.transaction():
            self.superuser.execute("set local session_replication_role = replica")
            self.superuser.execute(statement, values)

    def states(self, table: str = "diagnostics_remediation") -> list[str]:
        """The states of all rows."""
        return [row[0] for row in self.behind(f"select state from {table} order by state")]

    # -- Rows, as the owner -----------------------------------------------------------------------

    def grant(self, holder: Staff, *scopes: str, **more: Any) -> Grant:
        """A live grant; items are drawn under the newest one."""
        made = canaries.grant_row(holder, self.tenant, *scopes, **more)
        self.under = made.reference
        return made

    def drawn(self, device: Device | None = None, **more: Any) -> models.Remediation:
        """An item of asha's that nobody has written yet."""
        plain = {"requested_by_person": self.asha.person_id, "grant_reference": self.under}
        return remediated.drawn_item(
            self.tenant, device or self.device, self.asha.pk, "said", **plain | more
        )

    def item(self, **more: Any) -> models.Remediation:
        """An item of asha's, as the owner writes it."""
        made = self.drawn(**more)
        with region("eu"):
            made.save(using=OWNER, force_insert=True)
        return made

    def wave(self, **more: Any) -> models.Wave:
        """A wave of asha's, as the owner writes it."""
        plain = {"requested_by_person": self.asha.person_id, "grant_reference": self.under}
        return remediated.wave(self.tenant, self.asha.pk, "said", **plain | more)

    def version(
        self, state: str = "proposed", model: type[Any] = models.AutomationPolicy, **more: Any
    ) -> Any:
        """A version of a policy for the action of `drawn`, or of settings, proposed by asha."""
        plain: dict[str, Any] = {"state": state, "proposed_by_person": self.asha.person_id}
        if model is models.AutomationPolicy:
            plain["parameters"] = {"port": "said"}
        return remediated.version(model, self.tenant, self.asha.pk, "said", **plain | more)

    def lock_out(self, kind: str, target: uuid.UUID) -> None:
        """An emergency stop of all access."""
        self.unguarded(
            "insert into access_lockout (id, kind, target_id, target_label, reason, pressed_by_id,"
            " pressed_by_person_id, pressed_by_label, pressed_at, release_asked_by_label,"
            " released_by_label) values (gen_random_uuid(), %s, %s, '', 'x', %s, %s, '', %s,"
            " '', '')",
            kind, target, self.bo.pk, self.bo.person_id, datetime.now(UTC),
        )  # fmt: skip

    # -- Votes ------------------------------------------------------------------------------------

    def ballot(self, who: Staff, subject: Any, kind: str = "item", **more: Any) -> tuple[Any, ...]:
        """The INSERT of somebody's vote."""
        plain = {
            "tenant_id": self.tenant.pk,
            "subject": kind,
            "subject_id": subject.pk,
            "digest": subject.digest,
            "voter_id": who.pk,
            "voter_person": who.person_id,
            "voter_label": who.name,
            "approves": True,
            "step_up_method": "totp",
            "voted_at": datetime.now(UTC),
        }
        return insert_of(models.RemediationVote(**plain | more))

    def step_up(self, subject: Any) -> str:
        """The claim that a second factor was just given for this."""
        return f"step_up:remediation:{subject.pk}"

    def vote(
        self,
        who: Staff,
        subject: Any = None,
        kind: str = "item",
        *,
        as_owner: bool = False,
        **more: Any,
    ) -> None:
        """A vote on the only item, or on something else, as the guard takes it."""
        if subject is None:
            with region("eu"):
                subject = models.Remediation.objects.using(OWNER).get()
        statement, *values = self.ballot(who, subject, kind, **more)
        if as_owner:
            self.owner.execute(statement, values)
            return
        self.page(who, statement, *values, claims=[self.decides, self.step_up(subject)])

    def approval(self, digest: str = "", ends: str = "window_ends_at") -> str:
        """The UPDATE by which an approver approves what is proposed."""
        what = f"'{digest}'" if digest else "digest"
        return (
            "update diagnostics_remediation set state = 'approved', mover = 'approver',"
            f" approved_digest = {what}, approval_ends_at = {ends} where state = 'proposed'"
        )
