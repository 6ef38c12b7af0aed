"""Legal holds, destructions and deletion cases, and what the worker may destroy."""

import uuid
from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

from access.lock.operations import LockTable, OwnPolicies
from access.scopes import SCOPES, Scope
from diagnostics.case_states import CASE_MOVES

HEALTH = Scope.HEALTH_VIEW.value
ERASE = Scope.DATA_ERASE.value
SQL = Path(__file__).parents[1] / "sql"
GROUPS = "{" + ",".join(SCOPES[Scope.DATA_ERASE].from_groups) + "}"
MOVES = ", ".join(
    f"('{now.value}', '{to.value}', '{mover.value}')"
    for now, following in CASE_MOVES.items()
    for to, movers in following.items()
    for mover in sorted(movers)
)


def sql(name):
    """One of our files, run in the regions."""
    text = (SQL / name).read_text().replace("{moves}", MOVES).replace("{groups}", GROUPS)
    return migrations.RunSQL(text, hints={"plane": "region"})


class Migration(migrations.Migration):
    """Holds and destructions under the lock; cases have policies of their own."""

    dependencies = [
        ("diagnostics", "0003_uploads"),
        ("rooms", "0005_work_on_incidents"),
    ]

    operations = [
        migrations.CreateModel(
            name="Case",
            fields=[
                ("tenant_id", models.UUIDField(editable=False)),
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("reference", models.CharField(max_length=16)),
                ("tenant_reference", models.CharField(max_length=16)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("erasure", "Erase collected diagnostic data"),
                            ("decommission", "The tenant leaves"),
                        ],
                        max_length=14,
                    ),
                ),
                (
                    "reach",
                    models.CharField(
                        choices=[
                            ("tenant", "The whole tenant"),
                            ("room", "One room"),
                            ("device", "One device"),
                        ],
                        default="tenant",
                        max_length=8,
                    ),
                ),
                (
                    "reach_id",
                    models.UUIDField(blank=True, help_text="Of the room or device", null=True),
                ),
                (
                    "reach_reference",
                    models.CharField(help_text="Of tenant, room or device", max_length=16),
                ),
                ("reason", models.CharField(max_length=300)),
                (
                    "asked_by",
                    models.CharField(
                        help_text="The customer's own ticket or letter", max_length=120
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("opened", "Waits for approval"),
                            ("approved", "Approved"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("refused", "Refused"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="opened",
                        max_length=10,
                    ),
                ),
                ("state_at", models.DateTimeField()),
                ("opened_by_id", models.UUIDField()),
                ("opened_by_person", models.UUIDField()),
                ("opened_by_label", models.CharField(max_length=120)),
                ("opened_at", models.DateTimeField()),
                ("deadline_at", models.DateTimeField(help_text="By when it is to be done")),
                ("started_by_id", models.UUIDField(blank=True, null=True)),
                ("started_by_label", models.CharField(blank=True, max_length=120)),
                ("started_grant", models.CharField(blank=True, max_length=16)),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                (
                    "waits_for",
                    models.CharField(
                        blank=True, help_text="What keeps it, in words", max_length=200
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["tenant_id", "-opened_at", "id"], name="case_newest"),
                    models.Index(
                        condition=models.Q(("state", "running")),
                        fields=["started_at"],
                        name="case_running",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "reference"), name="case_reference"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reason", ""), _negated=True),
                            models.Q(("asked_by", ""), _negated=True),
                        ),
                        name="case_has_a_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("reach", "tenant"), ("kind", "erasure"), _connector="OR"
                        ),
                        name="only_a_tenant_leaves",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reach", "tenant"), ("reach_id", None)),
                            models.Q(
                                models.Q(("reach", "tenant"), _negated=True),
                                ("reach_id__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="case_names_its_reach",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Destruction",
            fields=[
                ("tenant_id", models.UUIDField(editable=False)),
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("reference", models.CharField(max_length=16)),
                ("tenant_reference", models.CharField(max_length=16)),
                (
                    "cause",
                    models.CharField(
                        choices=[("retention", "Its time was over"), ("case", "A deletion case")],
                        max_length=12,
                    ),
                ),
                ("case_reference", models.CharField(blank=True, max_length=16)),
                ("begun_at", models.DateTimeField()),
                (
                    "ended_at",
                    models.DateTimeField(
                        blank=True, help_text="Empty: it was interrupted", null=True
                    ),
                ),
                ("counts", models.JSONField(default=dict, help_text="Rows by table")),
                ("classes", models.JSONField(default=dict, help_text="Files by class of data")),
                ("keys", models.JSONField(default=list, help_text="Ids of the destroyed keys")),
                ("stored_files", models.PositiveIntegerField(default=0)),
                ("stored_bytes", models.BigIntegerField(default=0)),
                (
                    "chain",
                    models.CharField(
                        help_text="SHA-256 over each destroyed reference, chained",
                        max_length=64,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["tenant_id", "-begun_at", "id"], name="destruction_newest"
                    ),
                    models.Index(
                        condition=models.Q(("case_reference", ""), _negated=True),
                        fields=["tenant_id", "case_reference"],
                        name="destruction_of_case",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "reference"), name="destruction_reference"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LegalHold",
            fields=[
                ("tenant_id", models.UUIDField(editable=False)),
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("reference", models.CharField(max_length=16)),
                ("tenant_reference", models.CharField(max_length=16)),
                (
                    "reach",
                    models.CharField(
                        choices=[
                            ("tenant", "The whole tenant"),
                            ("room", "One room"),
                            ("collection", "One collection"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "reach_id",
                    models.UUIDField(blank=True, help_text="Of the room or collection", null=True),
                ),
                (
                    "reach_reference",
                    models.CharField(help_text="Of tenant, room or collection", max_length=16),
                ),
                ("reason", models.CharField(max_length=300)),
                ("grant_reference", models.CharField(max_length=16)),
                ("placed_by_id", models.UUIDField()),
                ("placed_by_person", models.UUIDField()),
                ("placed_by_label", models.CharField(max_length=120)),
                ("placed_at", models.DateTimeField()),
                (
                    "lapses_at",
                    models.DateTimeField(help_text="Unless somebody else confirms it before"),
                ),
                ("confirmed_by_person", models.UUIDField(blank=True, null=True)),
                ("confirmed_by_label", models.CharField(blank=True, max_length=120)),
                ("confirmed_at", models.DateTimeField(blank=True, null=True)),
                ("release_reason", models.CharField(blank=True, max_length=300)),
                ("release_asked_by_person", models.UUIDField(blank=True, null=True)),
                ("release_asked_by_label", models.CharField(blank=True, max_length=120)),
                ("release_asked_at", models.DateTimeField(blank=True, null=True)),
                ("released_by_person", models.UUIDField(blank=True, null=True)),
                ("released_by_label", models.CharField(blank=True, max_length=120)),
                ("released_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("released_at__isnull", True)),
                        fields=["tenant_id"],
                        name="hold_not_released",
                    ),
                    models.Index(fields=["tenant_id", "-placed_at", "id"], name="hold_newest"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "reference"), name="hold_reference"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="hold_has_a_reason"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reach", "tenant"), ("reach_id", None)),
                            models.Q(
                                models.Q(("reach", "tenant"), _negated=True),
                                ("reach_id__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="hold_names_its_reach",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("confirmed_at", None),
                            models.Q(
                                ("confirmed_by_person", models.F("placed_by_person")), _negated=True
                            ),
                            _connector="OR",
                        ),
                        name="hold_by_two",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("released_at", None),
                            models.Q(
                                ("released_by_person", models.F("release_asked_by_person")),
                                _negated=True,
                            ),
                            _connector="OR",
                        ),
                        name="hold_released_by_two",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CaseCertificate",
            fields=[
                ("tenant_id", models.UUIDField(editable=False)),
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "document",
                    models.TextField(
                        help_text="JSON: the statement, the key's name, the signature"
                    ),
                ),
                (
                    "sha256",
                    models.CharField(help_text="Of the statement that is signed", max_length=64),
                ),
                ("made_at", models.DateTimeField()),
                (
                    "case",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="diagnostics.case",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "case"), name="one_certificate_a_case"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CaseStep",
            fields=[
                ("tenant_id", models.UUIDField(editable=False)),
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("name", models.CharField(max_length=20)),
                ("begun_at", models.DateTimeField()),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                ("detail", models.JSONField(default=dict)),
                (
                    "case",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="steps",
                        to="diagnostics.case",
                    ),
                ),
            ],
            options={
                "ordering": ["number"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "case", "number"), name="step_of_case"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CaseVote",
            fields=[
                ("tenant_id", models.UUIDField(editable=False)),
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("voter_id", models.UUIDField()),
                ("voter_person", models.UUIDField()),
                ("voter_label", models.CharField(max_length=120)),
                ("for_group", models.CharField(max_length=60)),
                ("approves", models.BooleanField()),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("step_up_method", models.CharField(max_length=20)),
                ("voted_at", models.DateTimeField()),
                (
                    "case",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="votes",
                        to="diagnostics.case",
                    ),
                ),
            ],
            options={
                "ordering": ["voted_at"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "case", "voter_person"), name="one_case_vote_a_person"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("approves", True)),
                        fields=("tenant_id", "case", "for_group"),
                        name="one_case_approval_a_group",
                    ),
                ],
            },
        ),
        LockTable(
            "LegalHold", read=HEALTH, write=ERASE, whole_tenant=True, worker="select, delete"
        ),
        LockTable(
            "Destruction", read=HEALTH, whole_tenant=True, worker="select, insert, update, delete"
        ),
        # In cases.sql: approvers and auditors see a case without any grant, and so do its parts.
        OwnPolicies("Case", "whoever asks, decides or audits for the tenant"),
        OwnPolicies("CaseVote", "with its case"),
        OwnPolicies("CaseStep", "with its case"),
        OwnPolicies("CaseCertificate", "with its case"),
        sql("holds.sql"),
        sql("cases.sql"),
        sql("decommission.sql"),
        sql("leaving.sql"),
        sql("keeping.sql"),
        migrations.RunSQL((SQL / "directory.sql").read_text(), hints={"plane": "control"}),
    ]
