"""What the tests of incidents share: forms filled in from the page, and rows read again."""

from __future__ import annotations

from typing import Any

from bs4 import BeautifulSoup
from django.http import HttpResponse
from django.test import Client

from access.models import Tenant
from access.scopes import Scope
from rooms.models import Incident, IncidentEntry, RoomHealth
from tests.html_lint import problems

HEALTH, INVENTORY, WORK = Scope.HEALTH_VIEW, Scope.INVENTORY_VIEW, Scope.INCIDENT_WORK
OWNER = "eu_owner"


def url_of(tenant: Tenant, incident: Incident, act: str = "") -> str:
    """The address of an incident, or of an act on it."""
    return f"/t/{tenant.reference}/incidents/{incident.reference}/" + (f"{act}/" if act else "")


def again(incident: Incident) -> Incident:
    """The row as it stands now."""
    return Incident.objects.using(OWNER).get(pk=incident.pk)


def entries_of(incident: Incident) -> list[tuple[str, str, str]]:
    """Kind, author and text of its timeline, oldest first."""
    rows = IncidentEntry.objects.using(OWNER).filter(incident_id=incident.pk).order_by("at", "id")
    return [(row.kind, row.by_label, row.text) for row in rows]


def soon(incident: Incident) -> bool:
    """Whether the room of the incident is to be judged again at once."""
    health = RoomHealth.objects.using(OWNER).get(room_id=incident.room_id)
    row = again(incident)
    return health.next_evaluation_at == (row.closed_at or row.resolved_at or row.updated_at)


def fill(client: Client, page: str, act: str, **typed: Any) -> dict[str, Any]:
    """What the form of that act on a page would send, with what was typed."""
    html = client.get(page).content.decode()
    form = BeautifulSoup(html, "html.parser").find("form", action=lambda a: a and a.endswith(act))
    sent = {
        field["name"]: field.get("value", "")
        for field in form.select("input[type=hidden]")
        if field["name"] != "csrfmiddlewaretoken"
    }
    return sent | typed


def do(client: Client, page: str, act: str, **typed: Any) -> HttpResponse:
    """Fill in the form of an act on a page and send it."""
    sent = fill(client, page, f"/{act}/", **typed)
    return client.post(f"{page}{act}/", sent)


def wrong(response: HttpResponse) -> str:
    """The main part of a page with a mistake on it, as text; the page itself is in order."""
    html = response.content.decode()
    assert problems(html) == []
    main = BeautifulSoup(html, "html.parser").find("main")
    return " ".join(main.get_text(" ").split())


def acts(superuser: Any, kind: str = "incident.%") -> list[tuple[str, str, str]]:
    """Type, outcome and subject of the acts on record, oldest first."""
    rows = superuser["eu"].execute(
        "select type, outcome, subject_reference from access_auditevent where type like %s"
        " order by recorded_at",
        [kind],
    )
    return list(rows.fetchall())
