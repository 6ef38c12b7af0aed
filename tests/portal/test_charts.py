"""Geometry of the pictures: what must hold for any numbers, and what bad input does."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal import charts

counts = st.lists(st.integers(0, 10**9), min_size=1, max_size=12)
values = st.lists(st.floats(0, 1e9), min_size=2, max_size=60)


def node(name: str, parent: str = "", state: str = "ok") -> charts.Node:
    return charts.Node(name, name, "", parent, state, "", "")


@given(counts)
def test_segment_widths_fill_the_bar_and_hide_nothing(numbers: list[int]) -> None:
    widths = charts.segment_widths(numbers)
    assert sum(width for _, width in widths) == (charts.SEGMENT_SCALE if any(numbers) else 0)
    assert all(
        (width > 0) == (number > 0) for number, (_, width) in zip(numbers, widths, strict=True)
    )
    ends = [start + width for start, width in widths]
    assert [start for start, _ in widths[1:]] == ends[:-1] or not any(numbers)


@given(values)
def test_spark_stays_inside_its_box(numbers: list[float]) -> None:
    points = charts.spark_points(numbers)
    assert points[0][0] == 0
    assert points[-1][0] == pytest.approx(charts.SPARK_WIDTH)
    assert all(0 <= y <= charts.SPARK_HEIGHT for _, y in points)


@given(values)
def test_spark_path_comes_through_every_point(numbers: list[float]) -> None:
    points = charts.spark_points(numbers)
    path = charts.spark_path(points)
    drawn = [float(n) for n in re.findall(r"-?[\d.]+", path[path.index("l") : path.rindex("V")])]
    x, y = -1.0, float(re.findall(r"V(-?[\d.]+)l", path)[0])
    for (dx, dy), (right, high) in zip(
        zip(drawn[::2], drawn[1::2], strict=True), points[1:], strict=True
    ):
        x, y = x + dx, y + dy
        assert x == pytest.approx(right + (right == charts.SPARK_WIDTH), abs=0.51)
        assert y == pytest.approx(high, abs=0.51)


def test_spark_of_nothing_one_and_zeros() -> None:
    assert charts.spark_points([]) == []
    assert charts.line_path([]) == charts.spark_path([]) == ""
    assert charts.spark_path(charts.spark_points([5])) == "M-1 25V2l98 0V25"
    assert [y for _, y in charts.spark_points([0, 0, 0])] == [22, 22, 22]
    assert charts.spark_points([5])[0][1] == charts.spark_points([5])[-1][1] == 2


@given(st.text(max_size=40))
def test_fitted_text_is_its_beginning_and_has_room(text: str) -> None:
    drawn = charts.fitted(text, 12)
    assert sum(map(charts.letter_width, drawn)) * 12 <= charts.TEXT_ROOM + 0.001
    assert drawn == text or text.startswith(drawn.removesuffix("…"))
    assert charts.fitted("", 12) == ""
    assert charts.fitted("Room camera", 12) == "Room camera"


@given(st.floats(0, 1e12))
def test_nice_top_is_above_and_splits_in_four(value: float) -> None:
    top = charts.nice_top(value)
    assert top >= value
    assert top % 4 == 0
    assert top <= max(4, 3 * value + 4)


def test_stacked_bands_lie_on_one_another() -> None:
    bands, top = charts.stacked_bands([("a", "bad", [1, 3]), ("b", "warn", [3, 5])])
    assert top == 8
    assert [band.path for band in bands] == [
        "M48 122.5L640 87.5L640 140L48 140Z",
        "M48 70L640 0L640 87.5L48 122.5Z",
    ]


def test_stacked_bands_of_too_little_are_none() -> None:
    assert charts.stacked_bands([]) == ([], 4)
    assert charts.stacked_bands([("a", "bad", [1])]) == ([], 4)


def test_layout_puts_parents_between_their_children() -> None:
    nodes = [
        node("pc"),
        node("hub", "pc"),
        node("mic", "hub"),
        node("cam", "hub"),
        node("tv", "pc"),
    ]
    roots = charts.tree_of(nodes)
    width, height = charts.lay_out(roots)
    place = {each.id: (each.x, each.y) for each in nodes}
    assert place["pc"][0] == charts.MARGIN
    assert place["mic"][0] - place["hub"][0] == charts.COLUMN
    assert place["hub"][1] == (place["mic"][1] + place["cam"][1]) / 2
    assert width == 2 * charts.MARGIN + 2 * charts.COLUMN + charts.NODE_WIDTH
    assert height == 2 * charts.MARGIN + 2 * charts.ROW + charts.NODE_HEIGHT


@given(st.lists(st.sampled_from(["", "0", "1", "2", "3", "4", "9"]), min_size=1, max_size=5))
def test_layout_of_any_parents_ends_and_shows_every_node_apart(parents: list[str]) -> None:
    nodes = [node(str(index), parent) for index, parent in enumerate(parents)]
    charts.lay_out(charts.tree_of(nodes))
    places = {(each.x, each.y) for each in nodes}
    assert len(places) == len(nodes)
    assert all(each.x > 0 and each.y > 0 for each in nodes)


def test_wires_of_faults_are_drawn_last_and_beside_the_whole_ones() -> None:
    roots = charts.tree_of([node("pc"), node("a", "pc", "fault"), node("b", "pc")])
    charts.lay_out(roots)
    whole, broken = charts.wires(roots)
    assert (whole.state, broken.state) == ("ok", "fault")
    assert re.search(r"H(\d+)V", whole.path)[1] != re.search(r"H(\d+)V", broken.path)[1]
