"""People and their standing relations, under a grant for people.manage of the control plane."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from access import relations
from access.actions.people import change_relation
from access.forms.people import RelationForm
from access.gate import requires
from access.models import Staff
from access.models.relation_acts import RelationActKind
from access.pages.answers import SeeOther
from access.pages.control_page import part_of_control
from access.pages.people_list import MOST, acts_on, read_people, standing_of
from access.scopes import Relation, Scope
from access.verdict import Refused, WrongState

if TYPE_CHECKING:
    from django.http import HttpResponse

    from access.gate import Access
    from access.http import HttpRequest

WHAT = "The list of people and their relations"


@requires(Scope.PEOPLE_MANAGE)
@require_GET
def people(request: HttpRequest, access: Access) -> HttpResponse:
    """Everybody who works here: what they stand in, and the dates their gates go by."""
    page, closed = part_of_control(request, access, Scope.PEOPLE_MANAGE, "People", WHAT)
    if closed:
        return closed
    page["listing"], page["lines"] = read_people(request.GET, access.clock)
    return render(request, "access/people.html", page)


@requires(Scope.PEOPLE_MANAGE)
@require_GET
def person(request: HttpRequest, access: Access, person: uuid.UUID) -> HttpResponse:
    """One person's relations, what was done to them, and the forms to change them."""
    page, closed = part_of_control(request, access, Scope.PEOPLE_MANAGE, "People", WHAT)
    return closed or _person_page(request, page, _staff_or_404(person))


@requires(Scope.PEOPLE_MANAGE)
@require_POST
def relation_change(request: HttpRequest, access: Access, person: uuid.UUID) -> HttpResponse:
    """Give, end or restore a relation of somebody else, with a reason."""
    page, closed = part_of_control(request, access, Scope.PEOPLE_MANAGE, "People", WHAT)
    if closed:
        return closed
    staff, form = _staff_or_404(person), RelationForm(request.POST)
    if not form.is_valid():
        return _person_page(request, page, staff, form, status=422)
    try:
        _change(request, page, staff, form.cleaned_data)
    except (Refused, WrongState) as refused:
        form.add_error(None, str(refused))
        status = 409 if isinstance(refused, WrongState) else 403
        return _person_page(request, page, staff, form, status=status)
    messages.success(request, f"Recorded. It counts for {staff.name} from their next page on.")
    return SeeOther(reverse("access:person", args=[staff.pk]))


def _change(request: HttpRequest, page: dict[str, Any], staff: Staff, sent: dict[str, Any]) -> None:
    """Do what a valid form says."""
    relation, tenant = Relation(sent["relation"]), sent["tenant"]
    asleep = relations.suspended(staff_id=staff.pk, tenant_id=tenant.pk)
    change_relation(
        by=request.user,
        kind=RelationActKind(sent["act"]),
        tenant=tenant,
        relation=relation,
        subject=staff,
        stands=relations.of(staff).has(relation, tenant.pk),
        suspended=any(one.relation == relation for one in asleep),
        reason=sent["reason"],
        grants=[page["grant"].reference],
        purpose=page["grant"].purpose,
    )


def _person_page(
    request: HttpRequest,
    page: dict[str, Any],
    staff: Staff,
    form: RelationForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page of one person; a form that was refused is shown again as it was sent."""
    lines = standing_of(staff)
    page |= {
        "staff": staff,
        "crumbs": [("People", reverse("access:people")), (staff.name, "")],
        "lines": lines[:MOST],
        "more": max(0, len(lines) - MOST),
        "acts": acts_on(staff),
        "own": staff.person_id == request.user.person_id,
        "form": form or RelationForm(),
        "url": reverse("access:relation_change", args=[staff.pk]),
    }
    return render(request, "access/person.html", page, status=status)


def _staff_or_404(pk: uuid.UUID) -> Staff:
    staff = Staff.objects.filter(pk=pk).first()
    if staff is None:
        raise Http404("No such person.")
    return staff
