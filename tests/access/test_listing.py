"""The list core without a database: URL state, filters, cursors, predicates, words."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
from django.db.models import Q
from django.http import QueryDict

from access.listing import (
    Column,
    Count,
    Listing,
    ListSpec,
    ListState,
    Order,
    Page,
    choice_filter,
    merged,
    page_from,
    text_filter,
)
from access.listing import cursor as cursors
from access.listing.cursor import BadCursor
from access.listing.keyset import following, turned, values_of

SPEC = ListSpec(
    name="things",
    things="things",
    columns=(
        Column("name", "Name", sort="name"),
        Column("age", "Age", sort="age", numeric=True),
        Column("place", "Place", optional=True),
        Column("colour", "Colour", optional=True, shown=False),
    ),
    orders=(
        Order("age", "age", ("rank", "id"), "oldest first", "newest first"),
        Order("name", "name", ("name", "id"), "A to Z", "Z to A"),
    ),
    filters=(
        choice_filter("status", "Status", "status", [("ill", "Ill"), ("well", "Well")]),
        text_filter("q", "Search", lambda rows, text: rows),
    ),
    extra=("incident",),
    page_size=3,
)


def state(query: str = "", spec: ListSpec = SPEC) -> ListState:
    return ListState.read(spec, QueryDict(query))


# -- State and URL ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        "status=ill,well&sort=-name&cols=colour&panel=RM-48213",
        "status=well&q=grand hall&incident=INC-AB12",
        "sort=-age",
        "cols=",
        "",
    ],
)
def test_url_round_trip(query):
    once = state(query)
    twice = state(once.url.removeprefix("?"))
    assert once.notices == ()
    assert twice == once


def test_url_has_one_spelling():
    assert state("status=well&status=ill").url == state("status=ill,well").url == "?status=ill,well"
    assert state("sort=age").url == "?"


def test_unknown_keys_are_named():
    notices = state("colour=red&size=7&status=ill").notices
    assert notices == ("Ignored 2 unknown filters: colour, size.",)


def test_unknown_values_are_named_and_left_out():
    found = state("status=ill,odd")
    assert found.filters == {"status": ("ill",)}
    assert found.notices == ("Ignored status that this list does not have: odd.",)


def test_unknown_order_is_the_default_one():
    found = state("sort=-colour")
    assert (found.sort, found.descending) == ("age", False)
    assert found.notices == ("Ignored an unknown order: -colour.",)


def test_notices_are_short_and_printable():
    (notice,) = state("x" * 500 + "=1").notices
    assert len(notice) < 100
    (notice,) = state("a%0Ab=1").notices
    assert "\n" not in notice


def test_text_is_trimmed_and_cut():
    assert state("q=+grand%00++hall+").filters["q"] == ("grand hall",)
    assert state("q=+++").filters == {}
    assert len(state("q=" + "x" * 500).filters["q"][0]) == 80


def test_change_of_filter_or_order_starts_from_the_beginning():
    deep = state("status=ill&after=abc&panel=RM-1")
    for changed in (deep.without("status"), deep.only("status", "well"), deep.sorted_by("name")):
        assert (changed.after, changed.before, changed.panel) == ("", "", "")


def test_panel_keeps_the_page():
    assert state("after=abc").at_panel("RM-1").url == "?after=abc&panel=RM-1"


def test_other_page_closes_the_panel():
    assert state("panel=RM-1").at(after="abc").url == "?after=abc"


def test_sorting_twice_turns_round():
    once = state().sorted_by("name")
    assert (once.sort, once.descending) == ("name", False)
    assert once.sorted_by("name").descending
    assert not once.sorted_by("name").sorted_by("name").descending


def test_after_wins_over_before():
    assert state("after=a&before=b").before == ""


def test_hidden_fields_carry_the_rest():
    found = state("status=ill&sort=-name&after=abc&q=hall")
    assert found.hidden("status") == [("q", "hall"), ("sort", "-name")]


def test_columns():
    assert [key for key in ("name", "age", "place", "colour") if state().shows(key)] == [
        "name",
        "age",
        "place",
    ]
    assert state("cols=colour").shows("colour")
    assert not state("cols=colour").shows("place")
    assert state("cols=").shows("name")
    assert not state("cols=").shows("place")


# -- Cursors ----------------------------------------------------------------------------------


VALUES = [3, "Grand Hall", datetime(2026, 11, 22, 5, 12, 4, 123456, UTC), uuid.uuid4()]


def test_cursor_gives_back_its_values():
    sealed = cursors.seal("mark", [*VALUES, date(2026, 1, 2)])
    assert cursors.unseal(sealed, "mark", 5) == [*VALUES, date(2026, 1, 2)]


def test_cursor_hides_its_values():
    assert b"Grand" not in cursors.seal("mark", VALUES).encode()
    assert "R3JhbmQ" not in cursors.seal("mark", VALUES)


@pytest.mark.parametrize("bad", ["", "x", "=", "é" * 40, "A" * 5000, "gAAAAABn" + "A" * 100])
def test_cursor_that_is_none(bad):
    with pytest.raises(BadCursor):
        cursors.unseal(bad, "mark", 4)


def test_cursor_with_a_changed_letter():
    sealed = cursors.seal("mark", VALUES)
    place = len(sealed) // 2
    changed = sealed[:place] + ("A" if sealed[place] != "A" else "B") + sealed[place + 1 :]
    with pytest.raises(BadCursor):
        cursors.unseal(changed, "mark", 4)


def test_cursor_of_another_list():
    with pytest.raises(BadCursor):
        cursors.unseal(cursors.seal("other", VALUES), "mark", 4)


def test_cursor_of_another_order():
    with pytest.raises(BadCursor):
        cursors.unseal(cursors.seal("mark", VALUES), "mark", 2)


def test_cursor_refuses_what_cannot_be_sorted_by():
    with pytest.raises(TypeError):
        cursors.seal("mark", [None])


def test_mark_tells_lists_apart():
    marks = {
        state(query).mark(reach)
        for query in ("", "status=ill", "sort=-age", "sort=name", "q=ill")
        for reach in ("TN-A", "TN-B")
    }
    assert len(marks) == 10
    assert state("status=ill,well").mark("x") == state("status=well,ill&panel=RM-1").mark("x")


# -- Predicate and pages ----------------------------------------------------------------------


def test_predicate_begins_with_what_an_index_uses():
    assert following(("rank", "-age", "id"), [1, 2, 3]) == Q(rank__gte=1) & (
        Q(rank__gt=1) | (Q(rank=1) & (Q(age__lt=2) | (Q(age=2) & Q(id__gt=3))))
    )


def test_predicate_of_one_field():
    assert following(("-id",), [7]) == Q(id__lte=7) & Q(id__lt=7)


def test_turned():
    assert turned(("a", "-b"), backwards=True) == ("-a", "b")
    assert turned(("a", "-b"), backwards=False) == ("a", "-b")


def test_values_follow_relations():
    row = SimpleNamespace(site=SimpleNamespace(name="Berlin"), id=4)
    assert values_of(row, ("site__name", "-id")) == ["Berlin", 4]


def rows_like(numbers: list[int]):
    """A fetch over rows in memory that understands the predicate."""
    rows = [SimpleNamespace(rank=number // 4, id=number) for number in numbers]

    def holds(condition: Q, row: SimpleNamespace) -> bool:
        results = [
            holds(part, row) if isinstance(part, Q) else compare(row, *part)
            for part in condition.children
        ]
        return all(results) if condition.connector == "AND" else any(results)

    def compare(row: SimpleNamespace, path: str, value: int) -> bool:
        name, _, sign = path.partition("__")
        own = getattr(row, name)
        signs = {"": own == value, "gt": own > value, "gte": own >= value}
        return (signs | {"lt": own < value, "lte": own <= value})[sign]

    def fetch(condition: Q, fields: tuple[str, ...], most: int) -> list[SimpleNamespace]:
        return merged([[row for row in rows if holds(condition, row)]], fields, most)

    fetch.rows = rows
    return fetch


def ids(page: Page) -> list[int]:
    return [row.id for row in page.rows]


@pytest.mark.parametrize("sort", ["", "sort=-age"])
def test_pages_forth_and_back_meet_every_row_once(sort):
    fetch = rows_like(list(range(10)))
    forth, page = [], page_from(fetch, state(sort))
    pages = [page]
    while page.following:
        page = page_from(fetch, page.following)
        pages.append(page)
    forth = [number for page in pages for number in ids(page)]
    assert forth == (list(range(10)) if not sort else list(range(9, -1, -1)))
    back = page_from(fetch, pages[-1].previous)
    assert ids(back) == ids(pages[-2])
    assert ids(page_from(fetch, back.following)) == ids(pages[-1])


def test_first_page_has_no_previous_and_the_last_no_next():
    fetch = rows_like(list(range(4)))
    first = page_from(fetch, state())
    last = page_from(fetch, first.following)
    assert first.previous is None
    assert last.following is None
    assert first.is_first
    assert not last.is_first


def test_rows_that_come_meanwhile_are_neither_doubled_nor_skipped():
    fetch = rows_like([0, 2, 4, 6, 8])
    first = page_from(fetch, state())
    assert ids(first) == [0, 2, 4]
    fetch.rows += [SimpleNamespace(rank=0, id=1), SimpleNamespace(rank=1, id=5)]
    assert ids(page_from(fetch, first.following)) == [5, 6, 8]


def test_rows_that_go_meanwhile_take_nothing_along():
    fetch = rows_like([0, 2, 4, 6, 8])
    first = page_from(fetch, state())
    fetch.rows[:] = [row for row in fetch.rows if row.id != 4]
    assert ids(page_from(fetch, first.following)) == [6, 8]


def test_page_before_the_second_is_the_whole_first():
    fetch = rows_like(list(range(7)))
    second = page_from(fetch, page_from(fetch, state()).following)
    fetch.rows.append(SimpleNamespace(rank=-1, id=-1))
    first = page_from(fetch, second.previous)
    assert ids(first) == [0, 1, 2]
    assert ids(page_from(fetch, first.previous)) == [-1, 0, 1]


def test_bad_cursor_is_the_first_page_with_a_notice():
    fetch = rows_like(list(range(7)))
    for query in ("after=nonsense", "before=nonsense"):
        page = page_from(fetch, state(query))
        assert ids(page) == [0, 1, 2]
        assert "not recognised" in page.notice


def test_cursor_of_another_reach_is_the_first_page():
    fetch = rows_like(list(range(7)))
    there = page_from(fetch, state(), reach="TN-A").following
    assert page_from(fetch, there, reach="TN-A").notice == ""
    assert page_from(fetch, there, reach="TN-B").notice


def test_cursor_after_a_change_of_filter_is_the_first_page():
    fetch = rows_like(list(range(7)))
    there = page_from(fetch, state()).following
    changed = state(f"status=ill&after={there.after}")
    assert page_from(fetch, changed).notice


def test_place_after_the_end_leads_back():
    fetch = rows_like(list(range(4)))
    there = page_from(fetch, state()).following
    fetch.rows[:] = fetch.rows[:3]
    page = page_from(fetch, there)
    assert page.rows == []
    assert page.previous == state()


def test_merged_keeps_the_order_of_all_parts():
    parts = [[SimpleNamespace(a=1, b=9), SimpleNamespace(a=3, b=0)], [SimpleNamespace(a=1, b=4)]]
    assert [(row.a, row.b) for row in merged(parts, ("a", "-b"), 5)] == [(1, 9), (1, 4), (3, 0)]
    assert len(merged(parts, ("a", "b"), 2)) == 2


# -- What a template shows --------------------------------------------------------------------


def listing(query: str = "", *, shown: int = 3, count: Count | None = None, **more) -> Listing:
    page = Page([object()] * shown, is_first="after" not in query)
    return Listing(state(query), page, count or Count(7), **more)


def test_chips_name_their_filter_and_take_it_off():
    chips = listing("status=ill,well&q=hall").chips
    assert chips == [
        {"label": "Status", "value": "Ill, Well", "remove_url": "?q=hall"},
        {"label": "Search", "value": "hall", "remove_url": "?status=ill,well"},
    ]


def test_headers_say_how_the_list_is_sorted():
    heads = {head["label"]: head for head in listing("sort=-name").headers}
    assert heads["Name"]["direction"] == "descending"
    assert heads["Name"]["url"] == "?sort=name"
    assert heads["Age"] | {"key": ""} == {
        "key": "", "label": "Age", "numeric": True, "url": "?", "direction": "",
    }  # fmt: skip
    assert heads["Place"]["url"] == ""
    assert "Colour" not in heads


def test_closed_column_is_no_link():
    heads = {head["key"]: head for head in listing(closed=frozenset({"age"})).headers}
    assert (heads["age"]["url"], heads["age"]["direction"]) == ("", "")


@pytest.mark.parametrize(
    ("query", "shown", "count", "words"),
    [
        ("", 3, Count(7), "1 to 3 of 7 things"),
        ("after=x", 2, Count(7), "2 of 7 things"),
        ("", 1, Count(1), "1 to 1 of 1 thing"),
        ("", 0, Count(0), "0 of 0 things"),
        ("", 3, Count(10_000, more=True), "1 to 3 of more than 10,000 things"),
    ],
)
def test_part_words(query, shown, count, words):
    assert listing(query, shown=shown, count=count).part == words


def test_counts_add_up():
    assert str(Count(4) + Count(5)) == "9"
    assert str(Count(4) + Count(10_000, more=True)) == "more than 10,004"


def test_announcement():
    assert listing().announcement == "1 to 3 of 7 things, sorted by age, oldest first."
