"""The board and the list of a tenant's remediations."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from django.db.models import QuerySet

from access.listing import (
    Column,
    Count,
    Filter,
    Listing,
    ListSpec,
    ListState,
    Order,
    choice_filter,
    counted,
    page_of,
    text_filter,
)
from access.references import is_reference
from diagnostics.models import CoveredBy, Remediation, Wave
from diagnostics.pages.remediation_looks import BOARD, line_of
from diagnostics.remediation.catalogue import ActionCode
from diagnostics.remediation.states import ItemState
from rooms.models import Incident
from rooms.pages.rooms_list import HEALTH

if TYPE_CHECKING:
    from access.gate import Access

CARDS: Final = 8  # of each column
MOST_COUNTED: Final = 999
COLUMNS: Final = (
    Column("item", "Item", scope=HEALTH),
    Column("state", "State", scope=HEALTH),
    Column("action", "Action", scope=HEALTH),
    Column("device", "Device", scope=HEALTH),
    Column("by", "Ordered by", scope=HEALTH),
    Column("requested", "Ordered", sort="newest", scope=HEALTH),
)
NEWEST: Final = Order("newest", "time", ("-requested_at", "id"), "newest first", "oldest first")
MINE, POLICY = "me", "policy"


@dataclass(frozen=True)
class BoardColumn:
    """One column: how many stand in it, and the newest of them."""

    key: str
    heading: str
    count: Count
    lines: list[dict[str, Any]]
    url: str

    @property
    def more(self) -> bool:
        """Whether there are more than are shown."""
        return self.count.number > len(self.lines)


def items_of(access: Access) -> QuerySet[Remediation]:
    """The tenant's items. It is named here as well, for the lock alone would use no index."""
    return Remediation.objects.filter(tenant_id=access.tenant.pk)


def read_board(access: Access, list_url: str) -> list[BoardColumn]:
    """Each column with its count and its newest, in seven statements whatever there is."""
    return [
        BoardColumn(
            key=key,
            heading=heading,
            count=counted(items_of(access).filter(state__in=states), MOST_COUNTED),
            lines=[line_of(item) for item in newest],
            url=f"{list_url}&state={','.join(state.value for state in states)}",
        )
        for (key, heading, states), newest in zip(BOARD, _newest(access), strict=True)
    ]


def _newest(access: Access) -> list[list[Remediation]]:
    """The newest of each column. Asked state by state, for that is how the index stands."""
    states = [state for _, _, states in BOARD for state in states]
    first, *others = (
        items_of(access).filter(state=state).order_by("-state_at")[:CARDS] for state in states
    )
    found: dict[str, list[Remediation]] = {}
    for item in first.union(*others, all=True):
        found.setdefault(item.state, []).append(item)
    columns = []
    for _, _, held in BOARD:
        rows = list(chain.from_iterable(found.get(state.value, ()) for state in held))
        rows.sort(key=lambda item: (item.state_at, item.reference), reverse=True)
        columns.append(rows[:CARDS])
    return columns


def spec(access: Access) -> ListSpec:
    """The list: newest first, by state, action, who ordered it, and by a reference."""
    filters = (
        choice_filter("state", "State", "state", ItemState.choices),
        choice_filter("action", "Action", "action", ActionCode.choices),
        _by(access),
        text_filter("q", "Search", _find),
    )
    return ListSpec(
        "remediations", "items", COLUMNS, (NEWEST,), filters, extra=("view",), page_size=40
    )


def _by(access: Access) -> Filter:
    """Who ordered it: oneself, or a policy of the customer."""

    def narrow(rows: QuerySet[Any], values: Any) -> QuerySet[Any]:
        if set(values) == {MINE, POLICY}:
            return rows.filter(requested_by_id=access.person.pk) | rows.filter(
                covered_by=CoveredBy.POLICY
            )
        if MINE in values:
            return rows.filter(requested_by_id=access.person.pk)
        return rows.filter(covered_by=CoveredBy.POLICY)

    return Filter("by", "Ordered by", narrow, ((MINE, "Me"), (POLICY, "A policy")))


def _find(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    """Narrows to an item, a device, a room, a wave or an incident by reference."""
    reference = text.upper()
    for prefix, field in (
        ("RJ", "reference"),
        ("DV", "device_reference"),
        ("RM", "room_reference"),
        ("GR", "grant_reference"),
    ):
        if is_reference(reference, prefix):
            return rows.filter(**{field: reference})
    if is_reference(reference, "RW"):
        return rows.filter(wave_id__in=Wave.objects.filter(reference=reference).values("pk"))
    if is_reference(reference, "INC"):
        found = Incident.objects.filter(reference=reference).values("pk")
        return rows.filter(incident_id__in=found)
    return rows.filter(requested_by_label__iexact=text)


def read_list(access: Access, state: ListState) -> Listing:
    """One page of the list, in two statements."""
    rows: QuerySet[Remediation] = items_of(access)
    for known in state.spec.filters:
        if known.key in state.filters:
            rows = known.narrow(rows, state.filters[known.key])
    return Listing(state, page_of(rows, state, access.tenant.reference), counted(rows))
