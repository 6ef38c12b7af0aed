"""The living style page: every component in every state, with made-up facts only."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import sin
from types import SimpleNamespace
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from access.gate import signed_in
from portal.icons import ICONS
from portal.statuses import LOOKS

TONES = ("ok", "warn", "bad", "off", "acc", "brand")


class SampleForm(forms.Form):
    """One field of every kind that our pages use."""

    reason = forms.CharField(
        label="Reason",
        min_length=20,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="What will you look for? Do not paste customer data.",
    )
    incident = forms.CharField(label="Incident", required=False)
    minutes = forms.ChoiceField(
        label="Time",
        choices=[("15", "15 min"), ("30", "30 min"), ("60", "1 hour (asked)")],
        widget=forms.RadioSelect,
        initial="60",
    )
    scopes = forms.MultipleChoiceField(
        label="What to open",
        choices=[
            ("inventory.view", "Inventory: sites, rooms, devices, versions"),
            ("health.view", "Health: signals, incidents, history"),
        ],
        widget=forms.CheckboxSelectMultiple,
        help_text="The smallest set that does the work.",
    )
    purpose = forms.ChoiceField(label="Purpose", choices=[("", "Choose one"), ("mend", "Mend")])
    understood = forms.BooleanField(label="I look at nothing beyond this purpose")


@signed_in(reason="shows made-up facts only; everybody who builds pages needs it")
@require_GET
def style(request: HttpRequest) -> HttpResponse:
    """Every component in every state."""
    return render(request, "portal/style.html", samples(timezone.now()))


def samples(now: datetime) -> dict[str, Any]:
    """Everything the page shows, as of a moment."""
    return {
        "states": list(LOOKS),
        "icons": list(ICONS),
        "tones": TONES,
        "moments": moments(now),
        "form": SampleForm(),
        "wrong_form": SampleForm({"reason": "too short"}, auto_id="wrong_%s"),
        **access_samples(now),
        **list_samples(),
        **chart_samples(now),
    }


def moments(now: datetime) -> dict[str, datetime]:
    """One moment of each age."""
    return {
        "seconds": now - timedelta(seconds=23),
        "minutes": now - timedelta(minutes=12),
        "days": now - timedelta(days=3, hours=2),
        "ahead": now + timedelta(minutes=30),
        "start": now - timedelta(minutes=20),
        "end": now + timedelta(minutes=40),
    }


def access_samples(now: datetime) -> dict[str, Any]:
    """An opened section, and the closed card in each of its states."""
    closed = {
        "title": "Inventory of this room is closed",
        "why": "Nobody holds standing access. You can open this one room for up to 4 hours.",
        "facts": [
            ("Scope", "Room RM-51004, not the tenant"),
            ("Data", "Devices, peripherals, versions. Not: accounts, addresses, logs"),
            ("Leaves region", "No. Shown from the EU data centre"),
        ],
        "ask_url": "#ask",
        "ask_label": "Ask for access to this room",
        "other_url": "#other",
    }
    brief = {"why": closed["why"], "facts": []}
    until = now + timedelta(minutes=30)
    return {
        "grant": SimpleNamespace(
            reference="GR-7F3K2M", ends_at=now + timedelta(hours=1), url="#grant"
        ),
        "closed": closed,
        "closed_waiting": brief
        | {
            "title": "Health of this room is closed: waiting",
            "waiting": "Asked 6 min ago. Two approvers on shift.",
            "waiting_url": "#request",
        },
        "closed_ready": brief
        | {
            "title": "Health of this room is closed: ready to start",
            "ready": {"start_url": "#start", "label": "Start 1 hour now", "until": until},
        },
        "closed_blocked": brief
        | {
            "title": "Health of this room is closed: training first",
            "why": "Your training ended on 2026-11-01.",
            "remedy": "Finish this year's training; it is recorded within the hour.",
            "remedy_url": "#me",
            "remedy_label": "See your checks",
        },
    }


def list_samples() -> dict[str, Any]:
    """Facts, filters, segments, tabs, events."""
    counts = [
        ("Unhealthy", 1904, "bad"),
        ("Warning", 6218, "warn"),
        ("Unmonitored", 803, "off"),
        ("Healthy", 403_224, "ok"),
    ]
    return {
        "crumbs": [("Start", "#start"), ("Style", "")],
        "facts": [("Tenant", "TN-AB12CD"), ("App", "5.3.111.0"), ("Signed in", None)],
        "chips": [
            {"label": "Status", "value": "Unhealthy, Warning", "remove_url": "#status"},
            {"label": "Region", "value": "EU", "remove_url": "#region"},
        ],
        "segments": [
            {
                "label": name,
                "count": count,
                "tone": tone,
                "url": f"#{tone}",
                "current": tone == "bad",
            }
            for name, count, tone in counts
        ],
        "tabs": [
            {"label": "Status", "url": "#status", "current": True},
            {"label": "Devices", "url": "#devices", "count": 4},
            {"label": "Access history", "url": "#history"},
        ],
        "checks": [
            {"word": "pass", "text": "Training current until 2027-03-01", "tone": "ok"},
            {"word": "note", "text": "Third request for this tenant in 7 days", "tone": "warn"},
            {"word": "fail", "text": "Screening ended on 2026-10-30", "tone": "bad"},
        ],
        "rows": [
            ("RM-48213", "Munich, building 4", "unhealthy", "Front-of-room display not detected"),
            ("RM-48250", "Dublin, east", "warning", "App version 2 behind"),
            ("RM-48287", "Zürich, floor 3", "unmonitored", "No heartbeat for 3 h"),
            ("RM-48324", "Lyon", "healthy", "none"),
        ],
    }


def chart_samples(now: datetime) -> dict[str, Any]:
    """Numbers that look like numbers, and one room's connections with a fault."""
    hours = [now - timedelta(hours=23 - hour) for hour in range(24)]
    ninety = ["healthy"] * 60 + ["warning", "unhealthy", "unmonitored"] + ["healthy"] * 27
    return {
        "events": [
            {"at": now - timedelta(minutes=12), "text": "Display 1 disconnected", "tone": "bad"},
            {"at": now - timedelta(minutes=14), "text": "Restart, scheduled maintenance"},
            {
                "at": now - timedelta(minutes=36),
                "actor": "asha",
                "text": "opened inventory under",
                "url": "#grant",
                "link": "GR-7F3K2M",
                "tone": "acc",
            },
            {"at": now - timedelta(days=1), "text": "App updated to 5.3.111.0", "tone": "ok"},
        ],
        "numbers": [round(20 + 12 * sin(hour / 3)) for hour in range(24)],
        "hours": hours,
        "series": [
            {
                "label": "Unhealthy",
                "tone": "bad",
                "values": [round(30 + 20 * sin(hour / 4)) for hour in range(24)],
            },
            {
                "label": "Warning",
                "tone": "warn",
                "values": [round(60 + 15 * sin(hour / 6)) for hour in range(24)],
            },
            {"label": "Unmonitored", "tone": "off", "values": [18] * 24},
        ],
        "ninety_days": [
            ((now - timedelta(days=89 - index)).date(), state, "")
            for index, state in enumerate(ninety)
        ],
        "nodes": [
            {"id": "pc", "label": "Compute module", "detail": "Windows 11 IoT", "state": "ok"},
            node("console", "Touch console", "USB-C ingest", "pc"),
            node("hub", "USB hub, 4 ports", "2.1 A of 3.0 A", "pc"),
            node("camera", "Room camera", "firmware 1.4.2", "hub"),
            node("speaker", "Conference speaker", "default playback", "hub"),
            node("microphone", "Microphone", "", "hub", "unknown"),
            node("d2", "Display 2, HDMI 2", "4K, 60 Hz", "pc"),
            node("d1", "Display 1, HDMI 1", "", "pc", "fault", "not detected, 12 min"),
        ],
    }


def node(
    name: str, label: str, detail: str, parent: str, state: str = "ok", words: str = ""
) -> dict[str, str]:
    """One thing on the picture of connections."""
    return {
        "id": name,
        "label": label,
        "detail": detail,
        "parent": parent,
        "state": state,
        "words": words,
    }
