"""Notices: what happened while somebody was not looking, in the bell and by e-mail."""

import uuid

from django.db import migrations, models

from access.lock.operations import run_sql_file


class Migration(migrations.Migration):
    """One table of the control plane, and a choice of each person."""

    dependencies = [("access", "0009_residency")]

    operations = [
        migrations.AddField(
            model_name="staff",
            name="mail_notices",
            field=models.BooleanField(default=True, help_text="Notices by e-mail too"),
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("staff_id", models.UUIDField()),
                (
                    "code",
                    models.CharField(
                        choices=[
                            ("item_ended", "A remediation that you ordered has ended"),
                            (
                                "item_waits_for_grant",
                                "A remediation that you ordered waits for a grant",
                            ),
                            ("decision_wanted", "Your decision is asked for"),
                            ("decided", "What you asked for was decided"),
                            ("wave_planned", "Your wave is planned"),
                            ("wave_stopped", "A wave has stopped"),
                            ("wave_done", "A wave is done"),
                        ],
                        max_length=40,
                    ),
                ),
                ("reference", models.CharField(max_length=16)),
                ("tenant_reference", models.CharField(max_length=16)),
                (
                    "path",
                    models.CharField(help_text="Where to read on, in this portal", max_length=80),
                ),
                ("made_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField(blank=True, null=True)),
                ("mailed_at", models.DateTimeField(blank=True, null=True)),
                ("mail_attempts", models.PositiveSmallIntegerField(default=0)),
                (
                    "mail_next_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="When to try; empty once mailed or given up",
                        null=True,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["staff_id", "-made_at", "id"], name="notice_newest"),
                    models.Index(
                        fields=["staff_id"],
                        name="notice_unseen",
                        condition=models.Q(seen_at__isnull=True),
                    ),
                    models.Index(
                        fields=["mail_next_at"],
                        name="notice_to_mail",
                        condition=models.Q(mail_next_at__isnull=False),
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(code__regex=r"^[a-z_]{1,40}$")
                        & models.Q(reference__regex=r"^[A-Z]{2,3}-[0-9A-Z]{4,12}$")
                        & models.Q(tenant_reference__regex=r"^TN-[0-9A-Z]{4,12}$")
                        & models.Q(path__regex=r"^(/[0-9A-Za-z-]+)+/$"),
                        name="notice_is_no_text",
                    ),
                ],
            },
        ),
        run_sql_file("notices.sql", "control"),
    ]
