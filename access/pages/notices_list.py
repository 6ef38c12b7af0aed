"""A person's notices as a list, newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from access.listing import Column, Listing, ListSpec, ListState, Order, counted, page_of
from access.models import Notice

if TYPE_CHECKING:
    from django.http import QueryDict

    from access.models import Staff

SPEC: Final = ListSpec(
    name="notices",
    things="notices",
    columns=(
        Column("what", "What"),
        Column("reference", "Reference"),
        Column("tenant", "Tenant"),
        Column("made", "When"),
        Column("seen", "Seen"),
    ),
    orders=(Order("newest", "time", ("-made_at", "id"), "newest first", "oldest first"),),
)


def read_notices(person: Staff, query: QueryDict) -> Listing:
    """The page of the list that the URL asks for. In a context of the control plane."""
    state = ListState.read(SPEC, query)
    # The lock shows nobody else's; the condition is for the index.
    rows = Notice.objects.filter(staff_id=person.pk)
    return Listing(state, page_of(rows, state, reach=str(person.pk)), counted(rows))
