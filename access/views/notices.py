"""The bell's page: what there is to tell me, marked as seen by me, and by e-mail if I want."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib import messages
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from access import entrance
from access.actions.notices import choose_mail, mark_seen
from access.gate import signed_in
from access.pages.answers import SeeOther
from access.pages.notices_list import read_notices
from access.residency import CONTROL

if TYPE_CHECKING:
    from django.http import HttpResponse

    from access.http import HttpRequest

OWN = "everybody sees and marks their own notices, and nobody else's"


@signed_in(reason=OWN)
@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """What the portal has told me, newest first."""
    with entrance.entered_region(request, CONTROL):
        listing = read_notices(request.user, request.GET)
    page = {
        "listing": listing,
        "unseen": [notice for notice in listing.rows if notice.seen_at is None],
        "mails": settings.MAIL_PROVIDER != "none",
    }
    return render(request, "access/notices.html", page)


@signed_in(reason=OWN)
@require_POST
def notices_seen(request: HttpRequest) -> HttpResponse:
    """Mark the notices that the form names as seen."""
    try:
        named = [uuid.UUID(sent) for sent in request.POST.getlist("notice")]
    except ValueError as error:
        raise Http404("No such notice.") from error
    with entrance.entered_region(request, CONTROL):
        mark_seen(by=request.user, notices=named)
    return SeeOther(reverse("access:notices"))


@signed_in(reason=OWN)
@require_POST
def notices_mail(request: HttpRequest) -> HttpResponse:
    """Have notices by e-mail too, or in the portal alone."""
    wanted = request.POST.get("mail") == "on"
    choose_mail(by=request.user, wanted=wanted)
    said = "Notices come by e-mail too." if wanted else "Notices come here alone, not by e-mail."
    messages.success(request, said)
    return SeeOther(reverse("access:notices"))
