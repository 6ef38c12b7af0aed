"""Reviews of standing relations, quarter by quarter."""

import uuid

from django.db import migrations, models

from access.lock.operations import run_sql_file


class Migration(migrations.Migration):
    """One table of the regions."""

    dependencies = [("access", "0005_auditors")]

    operations = [
        migrations.CreateModel(
            name="RelationReview",
            fields=[
                ("tenant_id", models.UUIDField(editable=False)),
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("quarter", models.CharField(max_length=7)),
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
                (
                    "decision",
                    models.CharField(
                        choices=[("keep", "keep"), ("remove", "remove")], max_length=6
                    ),
                ),
                ("decided_by_id", models.UUIDField()),
                ("decided_by_person_id", models.UUIDField()),
                ("decided_by_label", models.CharField(max_length=120)),
                ("decided_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["tenant_id", "quarter", "relation", "subject_id"],
                        name="one_review_a_quarter",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("subject_person_id", models.F("decided_by_person_id")), _negated=True
                        ),
                        name="nobody_reviews_themselves",
                    ),
                ],
            },
        ),
        run_sql_file("reviews.sql", "region"),
    ]
