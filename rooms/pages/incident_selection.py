"""Which incidents a page of acts on many is for: read from its address, and again from its form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from django.http import QueryDict

from access.listing import ListState
from access.references import is_reference
from rooms.actions.incident_bulk import Chosen
from rooms.models import Incident
from rooms.pages.incidents_list import narrowed, spec_for
from rooms.rules.incidents import MOST_AT_ONCE, facts_of
from rooms.selection import Selection, read_selection

if TYPE_CHECKING:
    from access.gate import Access

LONGEST_QUERY: Final = 1500


def asked_for(access: Access, query: QueryDict) -> tuple[list[Incident], Selection]:
    """What the address asks for: the ticked incidents, or all that a list's query finds.

    At most one more than may be done at once is read.
    """
    picked = tuple(dict.fromkeys(one for one in query.getlist("pick") if is_reference(one, "INC")))[
        : MOST_AT_ONCE + 1
    ]
    text = "" if picked else query.get("query", "")[:LONGEST_QUERY]
    found = incidents_of(access, picked, text) if picked or "query" in query else []
    return found, Selection(
        tenant=access.tenant.reference,
        count=len(found),
        facts=facts_of(found),
        references=picked,
        query=text,
    )


def incidents_of(access: Access, references: Sequence[str], query: str) -> list[Incident]:
    """The incidents of a selection as it stands now, in the order of the list."""
    if references:
        rows: Any = Incident.objects.filter(reference__in=references)
    else:
        rows = narrowed(ListState.read(spec_for(access), QueryDict(query)))
    return list(rows.order_by("severity_rank", "activated_at", "id")[: MOST_AT_ONCE + 1])


def chosen_by(access: Access, text: str) -> tuple[Chosen, Selection]:
    """What a signed selection is for. BadSelection for a text that is not this person's own."""
    selection = read_selection(
        text, tenant=access.tenant.reference, actor=access.person.pk, at=access.clock
    )
    found = incidents_of(access, selection.references, selection.query)
    chosen = Chosen([one.pk for one in found], selection.count, selection.facts)
    return chosen, selection
