"""The remediation queue: items, waves, versions of settings and policies, votes and stops."""

import uuid
from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

from access.lock.operations import LockTable, OwnPolicies
from access.scopes import Scope
from diagnostics.remediation.states import ITEM_ACTS, ITEM_MOVES, WAVE_MOVES, Mover

HEALTH = Scope.HEALTH_VIEW.value
SQL = Path(__file__).parents[1] / "sql"
# The scopes of the actions on offer.
ACTING = (
    Scope.REMEDIATE_RESTART,
    Scope.REMEDIATE_USB,
    Scope.REMEDIATE_UPDATE,
    Scope.DIAGNOSTICS_COLLECT,
)


def rows_of_moves(moves):
    """A table of moves as the rows of VALUES."""
    return ", ".join(
        f"('{now.value}', '{to.value}', '{mover.value}')"
        for now, following in moves.items()
        for to, movers in following.items()
        for mover in sorted(movers)
    )


def by_scope(function):
    """What a function of the lock says for a row's own scope; asked once a statement for each."""
    cases = " ".join(f"when '{s.value}' then (select lock.{function}('{s.value}'))" for s in ACTING)
    return f"case scope {cases} end"


def values():
    """What the files of SQL leave open."""
    health = LockTable("Remediation", read=HEALTH, room="room_id")._rows("", HEALTH)
    undecided = [
        state.value
        for state, acts in ITEM_ACTS.items()
        if any(Mover.APPROVER in movers for movers in acts.values())
    ]
    tenant = f"tenant_id = ({by_scope('tenant_for')})"
    rooms = by_scope("rooms_for")
    return {
        "{health_room}": health,
        "{undecided}": ", ".join(f"'{state}'" for state in undecided),
        "{act_room}": f"{tenant} and coalesce(room_id = any({rooms}), true)",
        "{act_tenant}": f"{tenant} and ({rooms}) is null",
        "{item_moves}": rows_of_moves(ITEM_MOVES),
        "{wave_moves}": rows_of_moves(WAVE_MOVES),
    }


def sql(name):
    """One of our files, run in the regions."""
    text = (SQL / name).read_text()
    for place, value in values().items():
        text = text.replace(place, value)
    return migrations.RunSQL(text, hints={"plane": "region"})


class Migration(migrations.Migration):
    """Steps and findings under the lock; orders, waves and votes have policies of their own."""

    dependencies = [
        ("diagnostics", "0004_keeping"),
        ("rooms", "0007_signed_commands"),
    ]

    operations = [
        migrations.CreateModel(
            name="AutomationPolicy",
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
                ("version", models.PositiveIntegerField()),
                ("reason", models.CharField(max_length=300)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "Waits for approval"),
                            ("in_force", "In force"),
                            ("refused", "Refused"),
                            ("withdrawn", "Withdrawn"),
                            ("replaced", "Replaced"),
                            ("ended", "Ended"),
                        ],
                        default="proposed",
                        max_length=10,
                    ),
                ),
                ("state_at", models.DateTimeField()),
                (
                    "digest",
                    models.CharField(help_text="SHA-256 of what is agreed on", max_length=64),
                ),
                ("proposed_by_id", models.UUIDField()),
                ("proposed_by_person", models.UUIDField()),
                ("proposed_by_label", models.CharField(max_length=120)),
                ("grant_reference", models.CharField(max_length=16)),
                ("proposed_at", models.DateTimeField()),
                ("ended_by_label", models.CharField(blank=True, max_length=120)),
                ("signal", models.CharField(max_length=60)),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("restart_app", "Restart the meeting app"),
                            ("restart_device", "Restart the device"),
                            ("restart_clear_cache", "Restart and clear the cache"),
                            ("reset_usb", "Reset a USB port or hub"),
                            ("reenumerate_usb", "Find USB devices again"),
                            ("usb_suspend_off", "Keep USB awake"),
                            ("update_app", "Update the meeting app"),
                            ("update_os", "Update Windows"),
                            ("update_driver", "Update a driver"),
                            ("update_firmware", "Update firmware"),
                            ("update_agent", "Update the agent"),
                            ("reset_windows_update", "Reset Windows Update"),
                            ("clean_disk", "Clean up the disk"),
                            ("resync_time", "Set the clock right"),
                            ("collect_log", "Collect logs"),
                        ],
                        max_length=30,
                    ),
                ),
                ("parameters", models.JSONField(default=dict)),
                (
                    "after_minutes",
                    models.PositiveIntegerField(
                        default=0, help_text="How long the incident must be open"
                    ),
                ),
                (
                    "most_per_day",
                    models.PositiveIntegerField(help_text="Devices of the tenant in 24 hours"),
                ),
                (
                    "urgent",
                    models.BooleanField(
                        default=False, help_text="When the room is free, else at night"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["tenant_id", "signal", "-version"], name="policy_of_signal"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "reference"), name="policy_reference"
                    ),
                    models.UniqueConstraint(
                        fields=("tenant_id", "signal", "version"), name="one_policy_version"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "in_force")),
                        fields=("tenant_id", "signal"),
                        name="one_policy_in_force",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="EmergencyStop",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("reference", models.CharField(max_length=16, unique=True)),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("everything", "Everything"),
                            ("tenant", "One tenant"),
                            ("action", "One action"),
                        ],
                        max_length=10,
                    ),
                ),
                ("stopped_tenant_id", models.UUIDField(blank=True, null=True)),
                (
                    "target",
                    models.CharField(
                        blank=True,
                        help_text="The tenant's reference, or the action's code",
                        max_length=40,
                    ),
                ),
                ("reason", models.CharField(max_length=300)),
                ("placed_by_id", models.UUIDField()),
                ("placed_by_person", models.UUIDField()),
                ("placed_by_label", models.CharField(max_length=120)),
                ("placed_at", models.DateTimeField()),
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
                        fields=["placed_at"],
                        name="stop_in_force",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="stop_has_a_reason"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("level", "everything"), ("stopped_tenant_id", None), ("target", "")
                            ),
                            models.Q(
                                ("level", "tenant"),
                                ("stopped_tenant_id__isnull", False),
                                models.Q(("target", ""), _negated=True),
                            ),
                            models.Q(
                                ("level", "action"),
                                ("stopped_tenant_id", None),
                                models.Q(("target", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="stop_names_its_target",
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
                        name="stop_released_by_two",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RemediationNotice",
            fields=[
                ("tenant_id", models.UUIDField(editable=False)),
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("staff_id", models.UUIDField()),
                ("code", models.CharField(max_length=40)),
                (
                    "reference",
                    models.CharField(help_text="Of the item, wave, policy or stop", max_length=16),
                ),
                ("tenant_reference", models.CharField(max_length=16)),
                ("made_at", models.DateTimeField()),
                ("carried_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("carried_at__isnull", True)),
                        fields=["made_at"],
                        name="notice_to_carry",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(code__regex=r"^[a-z_]{1,40}$")
                        & models.Q(reference__regex=r"^(RJ|RW|RP|RS|ES)-[0-9A-Z]{4,12}$")
                        & models.Q(tenant_reference__regex=r"^TN-[0-9A-Z]{4,12}$"),
                        name="remediation_notice_is_no_text",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RemediationSettings",
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
                ("version", models.PositiveIntegerField()),
                ("reason", models.CharField(max_length=300)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "Waits for approval"),
                            ("in_force", "In force"),
                            ("refused", "Refused"),
                            ("withdrawn", "Withdrawn"),
                            ("replaced", "Replaced"),
                            ("ended", "Ended"),
                        ],
                        default="proposed",
                        max_length=10,
                    ),
                ),
                ("state_at", models.DateTimeField()),
                (
                    "digest",
                    models.CharField(help_text="SHA-256 of what is agreed on", max_length=64),
                ),
                ("proposed_by_id", models.UUIDField()),
                ("proposed_by_person", models.UUIDField()),
                ("proposed_by_label", models.CharField(max_length=120)),
                ("grant_reference", models.CharField(max_length=16)),
                ("proposed_at", models.DateTimeField()),
                ("ended_by_label", models.CharField(blank=True, max_length=120)),
                ("document", models.JSONField(default=dict)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "reference"), name="settings_reference"
                    ),
                    models.UniqueConstraint(
                        fields=("tenant_id", "version"), name="one_settings_version"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "in_force")),
                        fields=("tenant_id",),
                        name="one_settings_in_force",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RemediationVote",
            fields=[
                ("tenant_id", models.UUIDField(editable=False)),
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "subject",
                    models.CharField(
                        choices=[
                            ("item", "Item"),
                            ("wave", "Wave"),
                            ("policy", "Policy"),
                            ("settings", "Settings"),
                        ],
                        max_length=10,
                    ),
                ),
                ("subject_id", models.UUIDField()),
                ("digest", models.CharField(max_length=64)),
                ("voter_id", models.UUIDField()),
                ("voter_person", models.UUIDField()),
                ("voter_label", models.CharField(max_length=120)),
                ("approves", models.BooleanField()),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("step_up_method", models.CharField(max_length=20)),
                ("voted_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "subject_id", "digest", "voter_person"),
                        name="one_remediation_vote",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Wave",
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
                ("title", models.CharField(max_length=120)),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("restart_app", "Restart the meeting app"),
                            ("restart_device", "Restart the device"),
                            ("restart_clear_cache", "Restart and clear the cache"),
                            ("reset_usb", "Reset a USB port or hub"),
                            ("reenumerate_usb", "Find USB devices again"),
                            ("usb_suspend_off", "Keep USB awake"),
                            ("update_app", "Update the meeting app"),
                            ("update_os", "Update Windows"),
                            ("update_driver", "Update a driver"),
                            ("update_firmware", "Update firmware"),
                            ("update_agent", "Update the agent"),
                            ("reset_windows_update", "Reset Windows Update"),
                            ("clean_disk", "Clean up the disk"),
                            ("resync_time", "Set the clock right"),
                            ("collect_log", "Collect logs"),
                        ],
                        max_length=30,
                    ),
                ),
                ("parameters", models.JSONField(default=dict)),
                (
                    "scope",
                    models.CharField(
                        choices=[
                            ("inventory.view", "Inventory"),
                            ("health.view", "Health"),
                            ("incident.work", "Work on incidents"),
                            ("account.view", "Room accounts and addresses"),
                            ("diagnostics.view", "Diagnostic data"),
                            ("activity.view", "User activity in logs"),
                            ("diagnostics.collect", "Collect diagnostics"),
                            ("remediate.restart", "Restart devices"),
                            ("remediate.usb", "Reset USB"),
                            ("remediate.update", "Update software"),
                            ("lifecycle.manage", "Enrol and unenrol"),
                            ("data.erase", "Erase collected data"),
                            ("audit.view", "Audit record"),
                            ("policy.manage", "Change policy"),
                            ("people.manage", "Change standing relations"),
                        ],
                        max_length=40,
                    ),
                ),
                (
                    "selection",
                    models.JSONField(default=dict, help_text="The filters that chose the devices"),
                ),
                ("rings", models.JSONField(default=list, help_text="Names and days, in order")),
                ("per_hour", models.PositiveIntegerField()),
                (
                    "pilot",
                    models.PositiveIntegerField(
                        default=0, help_text="Devices of each ring that go first"
                    ),
                ),
                ("critical", models.BooleanField(default=False)),
                (
                    "covered_by",
                    models.CharField(
                        choices=[
                            ("grant", "A live grant of whoever ordered it"),
                            ("approval", "The votes for exactly this plan"),
                        ],
                        max_length=10,
                    ),
                ),
                ("reason", models.CharField(max_length=300)),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("identify", "Identify or connect to a device"),
                            ("mitigate", "Identify, diagnose and mitigate an issue"),
                            ("insight", "Usage, analytics and insights"),
                            ("connectivity", "Query and repair connectivity"),
                            ("assurance", "Check who had access"),
                        ],
                        max_length=20,
                    ),
                ),
                ("grant_reference", models.CharField(max_length=16)),
                ("requested_by_id", models.UUIDField()),
                ("requested_by_person", models.UUIDField()),
                ("requested_by_label", models.CharField(max_length=120)),
                ("requested_at", models.DateTimeField()),
                ("not_before", models.DateTimeField()),
                ("approval_ends_at", models.DateTimeField(blank=True, null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("planned", "Planned"),
                            ("approved", "Approved"),
                            ("running", "Running"),
                            ("paused", "Paused"),
                            ("stopped", "Stopped"),
                            ("rolling_back", "Rolling back"),
                            ("done", "Done"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="draft",
                        max_length=14,
                    ),
                ),
                ("state_at", models.DateTimeField()),
                (
                    "mover",
                    models.CharField(
                        choices=[
                            ("requester", "requester"),
                            ("approver", "approver"),
                            ("system", "system"),
                            ("device", "device"),
                        ],
                        max_length=10,
                    ),
                ),
                ("moved_by_label", models.CharField(blank=True, max_length=120)),
                (
                    "why",
                    models.CharField(
                        blank=True, help_text="Why it stopped or paused", max_length=300
                    ),
                ),
                ("digest", models.CharField(blank=True, max_length=64)),
                ("votes_needed", models.PositiveSmallIntegerField(default=1)),
                ("planned_at", models.DateTimeField(blank=True, null=True)),
                ("devices", models.PositiveIntegerField(default=0, help_text="That take part")),
                ("left_out", models.PositiveIntegerField(default=0)),
                ("next_at", models.DateTimeField(help_text="When a worker is to look at it again")),
            ],
            options={
                "indexes": [
                    models.Index(fields=["tenant_id", "-requested_at", "id"], name="wave_newest"),
                    models.Index(
                        fields=["requested_by_id", "-requested_at"], name="wave_by_requester"
                    ),
                    models.Index(fields=["next_at"], name="wave_due"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "reference"), name="wave_reference"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="wave_has_a_reason"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Remediation",
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
                ("room_id", models.UUIDField()),
                ("room_reference", models.CharField(max_length=16)),
                ("device_reference", models.CharField(max_length=16)),
                (
                    "signal",
                    models.CharField(
                        blank=True, help_text="Code of the signal that it is to mend", max_length=60
                    ),
                ),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("restart_app", "Restart the meeting app"),
                            ("restart_device", "Restart the device"),
                            ("restart_clear_cache", "Restart and clear the cache"),
                            ("reset_usb", "Reset a USB port or hub"),
                            ("reenumerate_usb", "Find USB devices again"),
                            ("usb_suspend_off", "Keep USB awake"),
                            ("update_app", "Update the meeting app"),
                            ("update_os", "Update Windows"),
                            ("update_driver", "Update a driver"),
                            ("update_firmware", "Update firmware"),
                            ("update_agent", "Update the agent"),
                            ("reset_windows_update", "Reset Windows Update"),
                            ("clean_disk", "Clean up the disk"),
                            ("resync_time", "Set the clock right"),
                            ("collect_log", "Collect logs"),
                        ],
                        max_length=30,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("restart", "Restart"),
                            ("usb", "USB"),
                            ("update", "Update"),
                            ("disk", "Disk"),
                            ("clock", "Clock"),
                            ("logs", "Logs"),
                        ],
                        max_length=10,
                    ),
                ),
                ("parameters", models.JSONField(default=dict)),
                (
                    "scope",
                    models.CharField(
                        choices=[
                            ("inventory.view", "Inventory"),
                            ("health.view", "Health"),
                            ("incident.work", "Work on incidents"),
                            ("account.view", "Room accounts and addresses"),
                            ("diagnostics.view", "Diagnostic data"),
                            ("activity.view", "User activity in logs"),
                            ("diagnostics.collect", "Collect diagnostics"),
                            ("remediate.restart", "Restart devices"),
                            ("remediate.usb", "Reset USB"),
                            ("remediate.update", "Update software"),
                            ("lifecycle.manage", "Enrol and unenrol"),
                            ("data.erase", "Erase collected data"),
                            ("audit.view", "Audit record"),
                            ("policy.manage", "Change policy"),
                            ("people.manage", "Change standing relations"),
                        ],
                        max_length=40,
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[("agent", "Agent"), ("graph", "Microsoft Graph")],
                        default="agent",
                        max_length=10,
                    ),
                ),
                (
                    "urgent",
                    models.BooleanField(default=False, help_text="As soon as the room is free"),
                ),
                (
                    "covered_by",
                    models.CharField(
                        choices=[
                            ("grant", "A live grant of whoever ordered it"),
                            ("approval", "An approval of exactly this, in this window"),
                            ("policy", "A policy that two people agreed on"),
                        ],
                        max_length=10,
                    ),
                ),
                ("reason", models.CharField(max_length=300)),
                (
                    "purpose",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("identify", "Identify or connect to a device"),
                            ("mitigate", "Identify, diagnose and mitigate an issue"),
                            ("insight", "Usage, analytics and insights"),
                            ("connectivity", "Query and repair connectivity"),
                            ("assurance", "Check who had access"),
                        ],
                        max_length=20,
                    ),
                ),
                ("requested_by_id", models.UUIDField(blank=True, null=True)),
                ("requested_by_person", models.UUIDField(blank=True, null=True)),
                ("requested_by_label", models.CharField(max_length=120)),
                ("grant_reference", models.CharField(blank=True, max_length=16)),
                ("policy_version", models.PositiveIntegerField(blank=True, null=True)),
                ("ring", models.CharField(blank=True, max_length=40)),
                ("place", models.PositiveIntegerField(default=0, help_text="In its wave, from 0")),
                ("pilot", models.BooleanField(default=False)),
                (
                    "was",
                    models.JSONField(
                        default=list, help_text="Versions before, of what a wave updates"
                    ),
                ),
                (
                    "retry_of",
                    models.CharField(blank=True, help_text="The item tried again", max_length=16),
                ),
                (
                    "undoes",
                    models.CharField(blank=True, help_text="The item rolled back", max_length=16),
                ),
                ("zone", models.CharField(help_text="IANA zone of the room", max_length=64)),
                ("window_begins_at", models.DateTimeField()),
                ("window_ends_at", models.DateTimeField()),
                (
                    "digest",
                    models.CharField(
                        blank=True, help_text="Of exactly what is asked for", max_length=64
                    ),
                ),
                ("approved_digest", models.CharField(blank=True, max_length=64)),
                ("approval_ends_at", models.DateTimeField(blank=True, null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "Proposed"),
                            ("approved", "Approved"),
                            ("scheduled", "Scheduled"),
                            ("waiting_for_grant", "Waiting for a grant"),
                            ("paused", "Paused"),
                            ("dispatched", "Sent"),
                            ("acknowledged", "Taken by the device"),
                            ("running", "Running"),
                            ("verifying", "Verifying"),
                            ("succeeded", "Succeeded"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                            ("expired", "Expired"),
                            ("refused", "Refused"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "reason_code",
                    models.CharField(
                        choices=[
                            (
                                "pending_connection",
                                "The device is away; it runs when it comes back",
                            ),
                            ("scheduled", "Waits for the room to be free, or for its window"),
                            ("in_progress", "Sent to the device, no answer yet"),
                            ("success", "Done, and seen in the device's reports"),
                            ("cancelled", "Cancelled by a person"),
                            (
                                "app_restart_failed",
                                "The app did not restart; the device did instead",
                            ),
                            ("verification_failed", "The reports do not show it"),
                            ("existing_work_found", "The agent was at other work"),
                            ("write_failed", "The agent could not write the change"),
                            ("fetch_failed", "The agent could not fetch what it needs"),
                            ("failed", "The device says that it failed"),
                            ("device_in_meeting", "The room is in use"),
                            ("device_disconnected", "The device is away; nothing was changed"),
                            ("asked", "Waits for a decision"),
                            ("agreed", "Agreed; a window is being looked for"),
                            ("retry_in_next_window", "Not seen in the reports; tried once more"),
                            ("channel_busy", "The channel did not take it yet"),
                            ("cap_reached", "As much as allowed has run; it goes on later"),
                            (
                                "other_operation",
                                "Another operation of the kind is open on the device",
                            ),
                            ("grant_ended", "The grant has ended; a new one sends it on"),
                            ("paused_by_person", "Paused by a person"),
                            ("wave_paused", "Its wave is paused"),
                            ("emergency_stop", "An emergency stop is in force"),
                            ("taken", "The device has taken the command"),
                            ("working", "The device is at it"),
                            ("waits_for_report", "Waits for the next reports"),
                            ("answer_lost", "No answer came; the reports decide"),
                            ("wave_stopped", "Its wave was stopped"),
                            ("decided_against", "An approver said no"),
                            ("not_decided", "Nobody decided in time"),
                            ("no_window", "There was no window in time"),
                            ("no_grant", "No new grant came in time"),
                            ("not_fetched", "The device did not take it in time"),
                            ("not_covered", "It is not what was approved"),
                            ("guardrail", "A limit does not let it through"),
                            ("unknown_action", "The action is not offered, or not any more"),
                            ("bad_parameters", "The parameters do not fit the action"),
                            ("version_unknown", "The version does not exist for this model"),
                            ("precondition", "The device is not as the action needs it"),
                            ("device_left", "The device has left the service"),
                            ("device_unmonitored", "Nothing is heard of the device"),
                            ("device_onboarding", "The device is still being taken in"),
                            ("tenant_changed", "The device belongs to somebody else now"),
                            ("room_changed", "The device stands in another room now"),
                            ("not_trusted", "The device could not verify the command"),
                            ("device_refused", "The device refused the command"),
                        ],
                        max_length=30,
                    ),
                ),
                ("state_at", models.DateTimeField()),
                (
                    "mover",
                    models.CharField(
                        choices=[
                            ("requester", "requester"),
                            ("approver", "approver"),
                            ("system", "system"),
                            ("device", "device"),
                        ],
                        help_text="Of the last move",
                        max_length=10,
                    ),
                ),
                ("moved_by_label", models.CharField(blank=True, max_length=120)),
                ("told", models.CharField(blank=True, max_length=600)),
                ("next_at", models.DateTimeField(help_text="When a worker is to look at it again")),
                ("attempt", models.PositiveSmallIntegerField(default=1)),
                (
                    "command_id",
                    models.UUIDField(blank=True, help_text="Of the present attempt", null=True),
                ),
                (
                    "operation",
                    models.CharField(blank=True, help_text="Graph's own id", max_length=120),
                ),
                (
                    "operations_known",
                    models.JSONField(blank=True, help_text="Graph's, before sending", null=True),
                ),
                ("requested_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("accepted_at", models.DateTimeField(blank=True, null=True)),
                ("running_at", models.DateTimeField(blank=True, null=True)),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                ("observed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "outcome",
                    models.CharField(blank=True, help_text="What the device claims", max_length=12),
                ),
                ("detail_code", models.CharField(blank=True, max_length=40)),
                (
                    "device",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="remediations",
                        to="rooms.device",
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="remediations",
                        to="rooms.incident",
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="items",
                        to="diagnostics.automationpolicy",
                    ),
                ),
                (
                    "wave",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="items",
                        to="diagnostics.wave",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="WaveExclusion",
            fields=[
                ("tenant_id", models.UUIDField(editable=False)),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("device_reference", models.CharField(max_length=16)),
                ("room_reference", models.CharField(max_length=16)),
                ("ring", models.CharField(blank=True, max_length=40)),
                ("code", models.CharField(max_length=40)),
                ("reason", models.CharField(max_length=300)),
                ("remedy", models.CharField(blank=True, max_length=300)),
                (
                    "wave",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="exclusions",
                        to="diagnostics.wave",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="WaveRing",
            fields=[
                ("tenant_id", models.UUIDField(editable=False)),
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("name", models.CharField(max_length=40)),
                ("devices", models.PositiveIntegerField()),
                ("begins_at", models.DateTimeField()),
                ("last_begins_at", models.DateTimeField(blank=True, null=True)),
                ("judged_from", models.DateTimeField()),
                ("begun_at", models.DateTimeField(blank=True, null=True)),
                ("passed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "gate",
                    models.CharField(
                        blank=True, help_text="What holds the next ring back", max_length=300
                    ),
                ),
                (
                    "wave",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="planned_rings",
                        to="diagnostics.wave",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RemediationFinding",
            fields=[
                ("tenant_id", models.UUIDField(editable=False)),
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("room_id", models.UUIDField()),
                ("attempt", models.PositiveSmallIntegerField(default=1)),
                ("before", models.JSONField(default=dict)),
                ("before_at", models.DateTimeField(blank=True, null=True)),
                ("after", models.JSONField(default=dict)),
                ("after_at", models.DateTimeField(blank=True, null=True)),
                ("outcome", models.CharField(blank=True, max_length=12)),
                ("sentence", models.CharField(blank=True, max_length=600)),
                (
                    "item",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="findings",
                        to="diagnostics.remediation",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "item", "attempt"), name="one_finding_an_attempt"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RemediationStep",
            fields=[
                ("tenant_id", models.UUIDField(editable=False)),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("room_id", models.UUIDField()),
                ("at", models.DateTimeField()),
                ("was", models.CharField(blank=True, max_length=20)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "Proposed"),
                            ("approved", "Approved"),
                            ("scheduled", "Scheduled"),
                            ("waiting_for_grant", "Waiting for a grant"),
                            ("paused", "Paused"),
                            ("dispatched", "Sent"),
                            ("acknowledged", "Taken by the device"),
                            ("running", "Running"),
                            ("verifying", "Verifying"),
                            ("succeeded", "Succeeded"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                            ("expired", "Expired"),
                            ("refused", "Refused"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "reason_code",
                    models.CharField(
                        choices=[
                            (
                                "pending_connection",
                                "The device is away; it runs when it comes back",
                            ),
                            ("scheduled", "Waits for the room to be free, or for its window"),
                            ("in_progress", "Sent to the device, no answer yet"),
                            ("success", "Done, and seen in the device's reports"),
                            ("cancelled", "Cancelled by a person"),
                            (
                                "app_restart_failed",
                                "The app did not restart; the device did instead",
                            ),
                            ("verification_failed", "The reports do not show it"),
                            ("existing_work_found", "The agent was at other work"),
                            ("write_failed", "The agent could not write the change"),
                            ("fetch_failed", "The agent could not fetch what it needs"),
                            ("failed", "The device says that it failed"),
                            ("device_in_meeting", "The room is in use"),
                            ("device_disconnected", "The device is away; nothing was changed"),
                            ("asked", "Waits for a decision"),
                            ("agreed", "Agreed; a window is being looked for"),
                            ("retry_in_next_window", "Not seen in the reports; tried once more"),
                            ("channel_busy", "The channel did not take it yet"),
                            ("cap_reached", "As much as allowed has run; it goes on later"),
                            (
                                "other_operation",
                                "Another operation of the kind is open on the device",
                            ),
                            ("grant_ended", "The grant has ended; a new one sends it on"),
                            ("paused_by_person", "Paused by a person"),
                            ("wave_paused", "Its wave is paused"),
                            ("emergency_stop", "An emergency stop is in force"),
                            ("taken", "The device has taken the command"),
                            ("working", "The device is at it"),
                            ("waits_for_report", "Waits for the next reports"),
                            ("answer_lost", "No answer came; the reports decide"),
                            ("wave_stopped", "Its wave was stopped"),
                            ("decided_against", "An approver said no"),
                            ("not_decided", "Nobody decided in time"),
                            ("no_window", "There was no window in time"),
                            ("no_grant", "No new grant came in time"),
                            ("not_fetched", "The device did not take it in time"),
                            ("not_covered", "It is not what was approved"),
                            ("guardrail", "A limit does not let it through"),
                            ("unknown_action", "The action is not offered, or not any more"),
                            ("bad_parameters", "The parameters do not fit the action"),
                            ("version_unknown", "The version does not exist for this model"),
                            ("precondition", "The device is not as the action needs it"),
                            ("device_left", "The device has left the service"),
                            ("device_unmonitored", "Nothing is heard of the device"),
                            ("device_onboarding", "The device is still being taken in"),
                            ("tenant_changed", "The device belongs to somebody else now"),
                            ("room_changed", "The device stands in another room now"),
                            ("not_trusted", "The device could not verify the command"),
                            ("device_refused", "The device refused the command"),
                        ],
                        max_length=30,
                    ),
                ),
                ("attempt", models.PositiveSmallIntegerField(default=1)),
                (
                    "mover",
                    models.CharField(
                        choices=[
                            ("requester", "requester"),
                            ("approver", "approver"),
                            ("system", "system"),
                            ("device", "device"),
                        ],
                        max_length=10,
                    ),
                ),
                ("moved_by_label", models.CharField(blank=True, max_length=120)),
                ("sentence", models.CharField(blank=True, max_length=600)),
                (
                    "item",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="steps",
                        to="diagnostics.remediation",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["tenant_id", "item", "id"], name="step_of_remediation")
                ],
            },
        ),
        migrations.AddIndex(
            model_name="remediation",
            index=models.Index(
                fields=["tenant_id", "-requested_at", "id"], name="remediation_newest"
            ),
        ),
        migrations.AddIndex(
            model_name="remediation",
            index=models.Index(
                fields=["tenant_id", "state", "-state_at"], name="remediation_by_state"
            ),
        ),
        migrations.AddIndex(
            model_name="remediation",
            index=models.Index(
                fields=["tenant_id", "device", "-requested_at"], name="remediation_of_device"
            ),
        ),
        migrations.AddIndex(
            model_name="remediation",
            index=models.Index(fields=["tenant_id", "wave", "place"], name="remediation_of_wave"),
        ),
        migrations.AddIndex(
            model_name="remediation",
            index=models.Index(
                condition=models.Q(("incident__isnull", False)),
                fields=["tenant_id", "incident"],
                name="remediation_of_incident",
            ),
        ),
        migrations.AddIndex(
            model_name="remediation",
            index=models.Index(
                fields=["requested_by_id", "-requested_at"], name="remediation_by_requester"
            ),
        ),
        migrations.AddIndex(
            model_name="remediation",
            index=models.Index(
                condition=models.Q(
                    (
                        "state__in",
                        ["proposed", "approved", "scheduled", "waiting_for_grant", "paused"],
                    )
                ),
                fields=["next_at"],
                name="remediation_due",
            ),
        ),
        migrations.AddIndex(
            model_name="remediation",
            index=models.Index(
                condition=models.Q(
                    ("state__in", ["dispatched", "acknowledged", "running", "verifying"])
                ),
                fields=["next_at"],
                name="remediation_followed",
            ),
        ),
        migrations.AddIndex(
            model_name="remediation",
            index=models.Index(
                condition=models.Q(("sent_at__isnull", False)),
                fields=["sent_at", "tenant_id"],
                name="remediation_sent",
            ),
        ),
        migrations.AddConstraint(
            model_name="remediation",
            constraint=models.UniqueConstraint(
                fields=("tenant_id", "reference"), name="remediation_reference"
            ),
        ),
        migrations.AddConstraint(
            model_name="remediation",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("state__in", ["succeeded", "failed", "cancelled", "expired", "refused"]),
                    _negated=True,
                ),
                fields=("tenant_id", "device", "kind"),
                name="one_open_operation",
            ),
        ),
        migrations.AddConstraint(
            model_name="remediation",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="remediation_has_a_reason"
            ),
        ),
        migrations.AddConstraint(
            model_name="remediation",
            constraint=models.CheckConstraint(
                condition=models.Q(("window_ends_at__gt", models.F("window_begins_at"))),
                name="remediation_window",
            ),
        ),
        migrations.AddConstraint(
            model_name="remediation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("covered_by", "policy"), ("policy__isnull", False)),
                    models.Q(
                        models.Q(("covered_by", "policy"), _negated=True),
                        ("policy__isnull", True),
                        ("requested_by_id__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="remediation_is_somebodys",
            ),
        ),
        migrations.AddIndex(
            model_name="waveexclusion",
            index=models.Index(fields=["tenant_id", "wave", "id"], name="exclusion_of_wave"),
        ),
        migrations.AddConstraint(
            model_name="wavering",
            constraint=models.UniqueConstraint(
                fields=("tenant_id", "wave", "number"), name="ring_of_wave"
            ),
        ),
        OwnPolicies("Remediation", "whoever sees health, ordered it, or may still decide on it"),
        OwnPolicies("Wave", "whoever sees health of the whole tenant, ordered it, or decides"),
        OwnPolicies("WaveRing", "with its wave; only the worker writes them"),
        OwnPolicies("WaveExclusion", "with its wave; only the worker writes them"),
        OwnPolicies("AutomationPolicy", "whoever sees health, proposed it, or decides"),
        OwnPolicies("RemediationSettings", "whoever sees health, proposed it, or decides"),
        OwnPolicies("RemediationVote", "whoever sees health, asks or decides for the tenant"),
        OwnPolicies("RemediationNotice", "nobody: the worker carries them out"),
        sql("remediation_lock.sql"),
        sql("remediation_guard.sql"),
        sql("remediation_facts.sql"),
        sql("remediation_sending.sql"),
        LockTable("RemediationStep", read=HEALTH, room="room_id", worker="select, delete"),
        LockTable(
            "RemediationFinding",
            read=HEALTH,
            room="room_id",
            worker="select, insert, update, delete",
        ),
    ]
