"""One act on many incidents: a page that says which, and two acts that do it to all or to none."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from access import audit
from access.gate import requires
from access.pages.answers import SeeOther
from access.scopes import Scope
from access.verdict import Refused, WrongState
from rooms.actions.incident_bulk import assign_incidents, suppress_incidents
from rooms.forms.incidents import AssignManyForm, SelectionForm, SuppressManyForm
from rooms.pages.incident_reach import CLOSED_LIST, HEALTH, WORK, hand_of, work_card
from rooms.pages.incident_selection import asked_for, chosen_by
from rooms.pages.incidents_list import rows_of
from rooms.rules.incidents import fits_at_once
from rooms.selection import BadSelection

if TYPE_CHECKING:
    from collections.abc import Callable

    from access.gate import Access
    from access.http import HttpRequest

FORM_METHODS = ["GET", "HEAD", "POST"]
SCOPES = (Scope.HEALTH_VIEW, Scope.INVENTORY_VIEW, Scope.INCIDENT_WORK)
NAMED = 20
FORMS: dict[str, type[SelectionForm]] = {"assign": AssignManyForm, "suppress": SuppressManyForm}


@requires(*SCOPES)
@require_safe
def incidents_bulk(request: HttpRequest, access: Access) -> HttpResponse:
    """What is selected, and what may be done to all of it."""
    return show_selection(request, access, request.GET)


def show_selection(
    request: HttpRequest,
    access: Access,
    query: QueryDict,
    sent: dict[str, SelectionForm] | None = None,
    *,
    trouble: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page, with the selection read anew and signed anew."""
    tenant = access.tenant.reference
    listed = reverse("rooms:incidents", args=[tenant])
    shown: dict[str, Any] = {
        "tenant": tenant,
        "trouble": trouble,
        "list_url": listed,
        "crumbs": [
            ("Tenants", reverse("rooms:tenants")),
            (tenant, reverse("rooms:tenant", args=[tenant])),
            ("Incidents", listed),
            ("Selected", ""),
        ],
    }
    if not (access.opens(WORK) and access.opens(HEALTH)):
        shown["work_card"] = work_card(access)
        return render(request, "rooms/incidents_bulk.html", shown)
    found, selection = asked_for(access, query)
    signed = selection.signed(access.person.pk, access.clock)
    shown |= {
        "work_grant": access.under(WORK),
        "fits": fits_at_once(len(found)),
        "number": len(found),
        "rows": rows_of(access, found[:NAMED]),
        "rest": max(0, len(found) - NAMED),
        "lost": max(0, len(selection.references) - len(found)),
        **{name: form(initial={"selection": signed}, auto_id=f"{name}-%s")
           for name, form in FORMS.items()},
        **(sent or {}),
    }  # fmt: skip
    return render(request, "rooms/incidents_bulk.html", shown, status=status)


@requires(*SCOPES)
@require_http_methods(FORM_METHODS)
def incidents_assign(request: HttpRequest, access: Access) -> HttpResponse:
    """Say whose step is next, of all that are selected."""
    return _take(request, access, "assign", _assign)


@requires(*SCOPES)
@require_http_methods(FORM_METHODS)
def incidents_suppress(request: HttpRequest, access: Access) -> HttpResponse:
    """Keep what is selected quiet until an end."""
    return _take(request, access, "suppress", _suppress)


def _take(
    request: HttpRequest,
    access: Access,
    name: str,
    do: Callable[[Access, dict[str, Any]], str],
) -> HttpResponse:
    """Do the act to all of the selection; or say what stands against it, with nothing done."""
    if request.method != "POST":
        return redirect("rooms:incidents", access.tenant.reference)
    if not (access.opens(WORK) and access.opens(HEALTH)):
        raise Refused(CLOSED_LIST)
    form = FORMS[name](request.POST, auto_id=f"{name}-%s")
    try:
        if form.is_valid():
            messages.success(request, do(access, form.cleaned_data))
            return SeeOther(reverse("rooms:incidents", args=[access.tenant.reference]))
        return _again(request, access, name, form)
    except BadSelection as bad:
        return _refused(request, access, name, "selection", str(bad), 400)
    except WrongState as stale:
        return _refused(request, access, name, "stale", str(stale), 409)
    except Refused as refused:
        form.refuse(refused.denied)
        _keep_refusal(name, access, refused.denied.code)
        return _again(request, access, name, form)


def _again(request: HttpRequest, access: Access, name: str, form: SelectionForm) -> HttpResponse:
    """The page with the mistake to mend, about the same selection."""
    try:
        _, selection = chosen_by(access, str(form.data.get("selection", "")))
    except BadSelection as bad:
        return _refused(request, access, name, "selection", str(bad), 400)
    query = QueryDict(mutable=True)
    query.setlist("pick", list(selection.references))
    if not selection.references:
        query["query"] = selection.query
    return show_selection(request, access, query, {name: form}, status=422)


def _refused(
    request: HttpRequest, access: Access, name: str, code: str, words: str, status: int
) -> HttpResponse:
    """The page without a selection: it is made again, on the list as it now is."""
    _keep_refusal(name, access, code)
    return show_selection(request, access, QueryDict(), trouble=words, status=status)


def _keep_refusal(name: str, access: Access, code: str) -> None:
    """Record the attempt, in the transaction in which nothing else was written."""
    audit.record(
        "act.refused",
        outcome="refused",
        subject=("tenant", access.tenant.reference),
        detail={"code": code, "view": f"rooms:incidents_{name}"},
    )


def _assign(access: Access, typed: dict[str, Any]) -> str:
    chosen, _ = chosen_by(access, typed["selection"])
    done = assign_incidents(hand=hand_of(access), chosen=chosen, to=typed["to"])
    return f"{len(done)} incident{'' if len(done) == 1 else 's'} assigned."


def _suppress(access: Access, typed: dict[str, Any]) -> str:
    chosen, _ = chosen_by(access, typed["selection"])
    made = suppress_incidents(
        hand=hand_of(access),
        tenant=access.tenant,
        chosen=chosen,
        whole_room=typed["what"] == "room",
        ends_at=access.clock + timedelta(minutes=typed["minutes"]),
        reason=typed["reason"],
    )
    return f"{len(made)} suppression{'' if len(made) == 1 else 's'} begun."
