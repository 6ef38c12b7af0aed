"""Entries through the guard, many at once: as strict as one judgment of each text would be."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from diagnostics.bundles.entries import Entry
from diagnostics.bundles.event_logs import fields_of
from diagnostics.bundles.messages import joined
from diagnostics.intake.guarding import EntryGuard, Guarded
from diagnostics.intake.pieces import pieces_of, told_as_json
from diagnostics.intake.remembered import Remembered
from diagnostics.redaction import NEVER, CannotJudge, cut, cut_fields
from tests.diagnostics.redaction import corpus
from tests.diagnostics.redaction.measure import is_gone

AT = datetime(2026, 11, 22, 8, 31, 7, tzinfo=UTC)
HEAD = "2026-11-22T08:31:07.123Z [Info] [Devices] "


def line(text: str, head: str = HEAD) -> Entry:
    """A line of the app's log."""
    return Entry(1, AT, 4, "Teams Rooms app", "Devices", None, text, {}, head + text)


def event(
    data: Any,
    number: int = 1,
    name: str = "EventData",
    source: str = "System",
    computer: str = "MTR-1",
) -> Entry:
    """An event as the reader of event logs tells it."""
    system = (
        '{"Provider":{"#attributes":{"Name":"Some-Provider"}},"EventID":4711,"Level":4,'
        f'"TimeCreated":{{"#attributes":{{"SystemTime":"2026-11-22T08:31:{number % 60:02d}.1Z"}}}},'
        f'"EventRecordID":{number},"Correlation":null,"Execution":{{"#attributes":'
        f'{{"ProcessID":{number},"ThreadID":8}}}},"Channel":"System","Computer":"{computer}"}}'
    )
    raw = f'{{"Event":{{"System":{system},"{name}":{told_as_json(data)}}}}}'
    fields = fields_of(data)
    return Entry(1, AT, 4, source, "Some-Provider", 4711, joined(fields), fields, raw, data)


def one(entry: Entry) -> Guarded:
    """What is stored of one entry."""
    (guarded,) = EntryGuard().guard([entry])
    return guarded


def shapes(text: str) -> Iterator[Entry]:
    """A text in every place where an entry may have it."""
    yield line(text)
    yield event({"Result": text, "Code": 7})
    yield event({"Data": {"#text": ["Status 0x12", text]}})
    yield event({"Outer": {"Inner": text}}, name="UserData")


@pytest.fixture(scope="module")
def samples() -> list[corpus.Sample]:
    return [sample for sample in corpus.kept_back() if "\x00" not in sample.text]


def test_what_is_cleared_would_be_left_as_it_is_by_a_judgment_of_all(
    samples: list[corpus.Sample],
) -> None:
    guard = EntryGuard()
    for sample in samples[::3]:
        entries = list(shapes(sample.text))
        try:
            told = guard.guard(entries)
        except CannotJudge:
            continue
        for entry, guarded in zip(entries, told, strict=True):
            if guarded.cuts or guarded.masks:
                continue
            assert cut(entry.text, source=entry.source).text == guarded.content.text
            assert cut(entry.raw, source=entry.source).text == guarded.content.raw
            assert cut_fields(entry.fields, source=entry.source).fields == guarded.content.fields


def test_what_is_never_collected_is_gone_from_every_piece_of_a_line() -> None:
    planted = missed = 0
    guard = EntryGuard()
    for sample in list(corpus.tuned())[::5]:
        try:
            (guarded,) = guard.guard([line(sample.text)])
        except CannotJudge:
            continue
        for label in sample.labels:
            if label.kind in NEVER:
                planted += 1
                missed += not is_gone(label, sample, guarded.content.text)
    assert planted > 300
    assert missed <= 0.01 * planted


@pytest.mark.parametrize("name", ["EventData", "UserData"])
def test_clean_event_is_kept_to_the_letter(name: str) -> None:
    entry = event({"param1": "Windows Update", "param2": "running", "count": 3}, name=name)
    assert pieces_of(entry).frame
    guarded = one(entry)
    assert guarded == Guarded(guarded.content, "Some-Provider", 0, ())
    assert (guarded.content.raw, guarded.content.fields) == (entry.raw, entry.fields)


def test_subject_in_an_event_is_cut_from_text_fields_and_raw() -> None:
    entry = event({"Subject": "Layoffs in Kassel", "Code": "12"})
    guarded = one(entry)
    assert guarded.cuts == 1
    stored = guarded.content.to_bytes().decode()
    assert "Kassel" not in stored
    assert stored.count("[cut: meeting subject]") == 3
    assert '"EventRecordID":1,' in guarded.content.raw


def test_same_name_has_the_same_mark_everywhere_and_in_every_event() -> None:
    entries = [event({"TargetUser": "jane.doe@contoso.com"}, number) for number in range(1, 5)]
    told = EntryGuard().guard(entries)
    for entry, guarded in zip(entries, told, strict=True):
        assert [mask.original for mask in guarded.masks] == ["jane.doe@contoso.com"]
        assert "jane" not in guarded.content.to_bytes().decode()
        # Each keeps its own number and time, although it was judged once for all of them.
        assert pieces_of(entry).told in guarded.content.raw


@pytest.mark.parametrize(
    "data",
    [
        {"name": "subject", "value": "Layoffs in Kassel"},
        {"Type": "meeting", "Title": "Layoffs in Kassel"},
        {"Numbers": [ord(letter) for letter in "Subject: Layoffs in Kassel"]},
    ],
    ids=["name and value", "type", "numbers"],
)
def test_document_in_which_one_value_tells_what_another_is_is_judged_whole(data: Any) -> None:
    entry = event(data)
    guarded = one(entry)
    assert guarded.content.raw == cut(entry.raw, source=entry.source).text
    assert "Kassel" not in guarded.content.raw


def test_same_form_with_another_value_is_asked_again() -> None:
    guard = EntryGuard()
    quiet, loud = event({"Result": "ready"}), event({"Result": "call +49 561 1234567"})
    assert not guard.guard([quiet])[0].masks
    assert guard.guard([loud])[0].masks
    assert not guard.guard([quiet])[0].masks


@pytest.mark.parametrize("result", ["ready", "call +49 561 1234567"])
def test_account_in_what_windows_writes_around_an_event_is_masked(result: str) -> None:
    events = [event({"Result": result}, number, computer="j.doe@contoso.com") for number in (1, 2)]
    for number, guarded in enumerate(EntryGuard().guard(events), 1):
        assert "j.doe" not in guarded.content.raw
        assert f'"EventRecordID":{number},' in guarded.content.raw
        marks = {mask.mark: mask.original for mask in guarded.masks}
        assert "j.doe@contoso.com" in marks.values()
        assert len(marks) == len(guarded.masks) == (1 if result == "ready" else 2)
        assert all(mark in guarded.content.raw for mark in marks)


def test_component_before_the_text_is_part_of_what_is_judged() -> None:
    head = "2026-11-22T08:31:07.123Z [Info] [Calendar] "
    guarded = one(line("Title: Layoffs in Kassel", head))
    assert "Kassel" not in guarded.content.raw


def test_name_in_the_place_of_a_time_zone_is_no_time() -> None:
    head = "Mon Nov 23 2026 01:04:42 GMT+0100 (jane.doe@contoso.com) <4212> -- info -- "
    assert "jane" not in one(line("tick 48", head)).content.raw


def test_lines_that_differ_in_their_numbers_are_each_kept() -> None:
    entries = [line(f"frame {number} drawn in {number % 7} ms") for number in range(2_000)]
    told = EntryGuard().guard(entries)
    assert [guarded.content.raw for guarded in told] == [entry.raw for entry in entries]


def test_what_cannot_be_judged_refuses_all() -> None:
    with pytest.raises(CannotJudge):
        one(line("\x01\x02\x03" * 40))


def test_memory_of_what_was_seen_is_bounded() -> None:
    seen: Remembered[int, int] = Remembered(100)
    for number in range(10_000):
        seen[number] = number
        assert seen.get(0) == 0 or number >= 100
        assert len(seen) <= 100
    assert seen.get(9_999) == 9_999
    assert seen.get(1) is None


def test_what_is_asked_for_stays_remembered() -> None:
    seen: Remembered[int, int] = Remembered(100)
    for number in range(1_000):
        seen[number] = number
        assert seen.get(0) == 0
