"""Give or restore a standing relation as the owner: the first ones, and when nobody is left."""

from __future__ import annotations

import uuid
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.db.utils import ProgrammingError

from access import clock
from access.audit import record_control
from access.models import RelationAct, Staff, Tenant
from access.models.relation_acts import RelationActKind
from access.residency import CONTROL
from access.scopes import Relation

# Nobody: it cannot sign in. Its name is what the record and the person's page show.
OWNER: Final = uuid.UUID("00000000-0000-4000-8000-0000000a0e12")


class Command(BaseCommand):
    """Runs as rooms_owner, which no serving process does. Everything it does is in the record."""

    help = "Give or restore a standing relation outside of the pages, with a reason."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Which relation, of whom, and why."""
        parser.add_argument("act", choices=["give", "restore"])
        parser.add_argument("email")
        parser.add_argument("relation", choices=[relation.value for relation in Relation])
        parser.add_argument("tenant", help="a reference; TN-CONTROL for the control plane")
        parser.add_argument("--reason", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        """One act; the database judges it as any other."""
        staff = Staff.objects.filter(email=options["email"].lower()).first()
        tenant = Tenant.objects.filter(reference=options["tenant"].upper()).first()
        if staff is None or tenant is None:
            raise CommandError("Nobody has this address, or no tenant this reference.")
        kind, relation = RelationActKind(options["act"]), Relation(options["relation"])
        try:
            with transaction.atomic(using=CONTROL):
                made = RelationAct(
                    kind=kind,
                    tenant_id=tenant.pk,
                    relation=relation,
                    subject_id=staff.pk,
                    subject_person_id=staff.person_id,
                    reason=options["reason"],
                    by_id=OWNER,
                    by_person_id=OWNER,
                    by_label="The owner of the databases",
                    made_at=clock.now(),
                )
                made.save(force_insert=True)
                detail = {
                    "relation": relation.value,
                    "of": tenant.reference,
                    "act": str(made.pk),
                    "person": str(staff.pk),
                }
                record_control(f"relation.{kind}", by=None, outcome="owner", detail=detail)
        except ProgrammingError as refused:
            raise CommandError(str(refused).splitlines()[0]) from refused
        self.stdout.write(f"{staff.name} {relation.label} for {tenant.reference}.")
