"""The control plane under the lock, and acts on standing relations.

Requests, votes, grants and stops get their tables in the control plane too; a new database has
them already when this runs (residency.RegionalModel.in_control).
"""

import uuid

from django.db import migrations, models

from access.lock.control_tables import CreateInControl
from access.lock.operations import run_functions, run_sql_file

ALSO_THERE = (
    "accessrequest",
    "requestmessage",
    "vote",
    "grant",
    "lockout",
    "auditrepeat",
    "savedview",
)


class Migration(migrations.Migration):
    """The same functions in one more database; reviews move from the regions to the relations."""

    dependencies = [("access", "0007_months")]

    operations = [
        *(CreateInControl(name) for name in ALSO_THERE),
        migrations.AlterField(
            model_name="tenant",
            name="region",
            field=models.CharField(
                choices=[
                    ("eu", "EU"),
                    ("apac", "APAC"),
                    ("us", "US"),
                    ("default", "Control plane"),
                ],
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="tenantrelation",
            name="confirmed_at",
            field=models.DateTimeField(
                db_default=models.Func(function="lock.now"), editable=False
            ),
        ),
        migrations.DeleteModel("RelationReview"),
        migrations.RunSQL("drop function lock.stamp_review()", hints={"plane": "region"}),
        migrations.CreateModel(
            name="RelationAct",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("give", "given"),
                            ("take", "ended"),
                            ("restore", "restored"),
                            ("keep", "keep"),
                            ("remove", "remove"),
                        ],
                        max_length=8,
                    ),
                ),
                ("tenant_id", models.UUIDField()),
                (
                    "relation",
                    models.CharField(
                        choices=[
                            ("may_ask", "may ask"),
                            ("may_decide", "may decide"),
                            ("may_audit", "may audit"),
                        ],
                        max_length=10,
                    ),
                ),
                ("subject_id", models.UUIDField()),
                ("subject_person_id", models.UUIDField()),
                ("quarter", models.CharField(blank=True, max_length=7)),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("by_id", models.UUIDField()),
                ("by_person_id", models.UUIDField()),
                ("by_label", models.CharField(max_length=120)),
                ("made_at", models.DateTimeField(editable=False)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["subject_id", "-made_at"], name="relation_act_by_subject")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("kind__in", ["keep", "remove"])),
                        fields=("tenant_id", "quarter", "relation", "subject_id"),
                        name="one_review_a_quarter",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("subject_person_id", models.F("by_person_id")), _negated=True
                        ),
                        name="nobody_acts_on_themselves",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("quarter", ""),
                            ("kind__in", ["keep", "remove"]),
                            _connector="XOR",
                        ),
                        name="a_review_has_a_quarter",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PolicyChange",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.PositiveIntegerField(editable=False)),
                ("document", models.JSONField()),
                ("reason", models.CharField(max_length=300)),
                ("proposed_by_id", models.UUIDField()),
                ("proposed_by_person_id", models.UUIDField()),
                ("proposed_by_label", models.CharField(max_length=120)),
                ("proposed_at", models.DateTimeField(editable=False)),
                (
                    "decision",
                    models.CharField(
                        blank=True,
                        choices=[("", "open"), ("published", "published"), ("refused", "refused")],
                        default="",
                        max_length=9,
                    ),
                ),
                ("decided_by_id", models.UUIDField(null=True)),
                ("decided_by_person_id", models.UUIDField(null=True)),
                ("decided_by_label", models.CharField(blank=True, max_length=120)),
                ("decided_at", models.DateTimeField(editable=False, null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("decision", "")),
                        fields=("decision",),
                        name="one_open_policy_change",
                    )
                ],
            },
        ),
        run_sql_file("context.sql", "control"),
        run_sql_file("control_views.sql", "control"),
        run_sql_file("effective.sql", "control"),
        run_sql_file("limits.sql", "control"),
        run_sql_file("requests.sql", "control"),
        run_sql_file("votes.sql", "control"),
        run_sql_file("grants.sql", "control"),
        run_sql_file("stops.sql", "control"),
        run_functions(
            "months_region.sql",
            "control",
            "lock.acting",
            "lock.acting_on_all",
            "lock.stamp_repeat",
            "lock.tenant_for",
        ),
        run_sql_file("control_lock.sql", "control"),
        run_sql_file("relations.sql", "control"),
        run_sql_file("policy.sql", "control"),
    ]
