"""Text logs of the app, of Teams and of the agent, as they are written and as they are broken."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnostics.bundles.entries import Entry, KeptOut
from diagnostics.bundles.lines import LONGEST_LINE, split_lines
from diagnostics.bundles.text_logs import read
from diagnostics.kinds import PartKind

BERLIN = ZoneInfo("Europe/Berlin")
APP, TEAMS, AGENT = PartKind.APP_LOG, PartKind.TEAMS_LOG, PartKind.AGENT_LOG


def cut(raw: bytes, size: int = 7) -> Iterator[bytes]:
    return (raw[place : place + size] for place in range(0, len(raw), size))


def told(kind: PartKind, text: str | bytes, size: int = 7) -> list[Entry | KeptOut]:
    raw = text.encode() if isinstance(text, str) else text
    return list(read(cut(raw, size), "p", kind, BERLIN))


def one(kind: PartKind, line: str) -> Entry:
    [entry] = told(kind, line)
    assert isinstance(entry, Entry)
    return entry


@pytest.mark.parametrize(
    ("kind", "line", "at", "level", "provider", "text"),
    [
        (APP, "2022-09-14T08:31:07.123Z [Error] [Devices] Camera gone",
         datetime(2022, 9, 14, 8, 31, 7, 123000, UTC), 2, "Devices", "Camera gone"),
        (APP, "2022-09-14 08:31:07 [Warning] no component",
         datetime(2022, 9, 14, 6, 31, 7, 0, UTC), 3, "SkypeRoomSystem", "no component"),
        (APP, "[2022-09-14T08:31:07.1234567+05:30] [Verbose] [UI] x",
         datetime(2022, 9, 14, 3, 1, 7, 123456, UTC), 5, "UI", "x"),
        (TEAMS, "Wed Sep 14 2022 08:31:07 GMT+0200 (Central European Summer Time) <4212> -- error"
                " -- FailedAuthentication",
         datetime(2022, 9, 14, 6, 31, 7, 0, UTC), 2, "Teams", "FailedAuthentication"),
        (TEAMS, "Wed Sep 14 2022 08:31:07 <4212> -- warning -- local time",
         datetime(2022, 9, 14, 6, 31, 7, 0, UTC), 3, "Teams", "local time"),
        (AGENT, "2022-01-14 08:31:07.1234|INFO|ServicePortalAgent.Health|Report | sent",
         datetime(2022, 1, 14, 7, 31, 7, 123400, UTC), 4, "ServicePortalAgent.Health",
         "Report | sent"),
        (AGENT, "2022-01-14 08:31:07,5 +00:00 | FATAL | Agent | gone",
         datetime(2022, 1, 14, 8, 31, 7, 500000, UTC), 1, "Agent", "gone"),
    ],
    ids=["app", "app local", "app other zone", "teams", "teams local", "agent", "agent zoned"],
)  # fmt: skip
def test_line_is_read(
    kind: PartKind, line: str, at: datetime, level: int, provider: str, text: str
):
    entry = one(kind, line)
    assert (entry.at, entry.level, entry.provider, entry.text) == (at, level, provider, text)
    assert entry.at.tzinfo is UTC
    assert entry.raw == line
    assert entry.event_id is None


def test_process_of_a_teams_line_is_a_field():
    assert one(TEAMS, "Wed Sep 14 2022 08:31:07 <42> -- info -- x").fields == {"process": "42"}


def test_lines_without_a_time_belong_to_the_entry_before():
    first, second = told(
        APP,
        "2022-09-14T08:31:07Z [Error] [A] one\r\n   at X()\r\n\r\n   at Y()\r\n"
        "2022-09-14T08:31:08Z [Info] [B] two\r\n",
    )
    assert isinstance(first, Entry)
    assert isinstance(second, Entry)
    assert first.text == "one\n   at X()\n\n   at Y()"
    assert first.raw.endswith("at Y()")
    assert (first.number, second.number, second.text) == (1, 2, "two")


def test_lines_before_the_first_time_are_told_with_it():
    [entry] = told(AGENT, "*** log begins ***\n2022-01-14 08:31:07|INFO|A|x\n")
    assert isinstance(entry, Entry)
    assert entry.text == "x\n*** log begins ***"


@pytest.mark.parametrize("text", ["no time at all\n" * 3, "\x00\x01\x02" * 50, "2022|x\n"])
def test_file_of_another_grammar_is_kept_out(text: str):
    [kept_out] = told(APP, text)
    assert isinstance(kept_out, KeptOut)


def test_empty_file_says_nothing():
    assert told(APP, "") == []
    assert told(APP, "\r\n\r\n") == []


@pytest.mark.parametrize(
    "when", ["2022-13-14T08:31:07Z", "2022-02-30T25:00:00Z", "0001-01-01 00:00:00"]
)
def test_time_that_is_none_begins_no_entry(when: str):
    entries = told(APP, f"2022-09-14T08:31:07Z [Info] [A] x\n{when} [Info] [A] y\n")
    assert len(entries) == 1


@pytest.mark.parametrize("size", [1, 3, 1000])
@pytest.mark.parametrize(
    "encode",
    [
        lambda text: text.encode(),
        lambda text: codecs.BOM_UTF8 + text.encode(),
        lambda text: codecs.BOM_UTF16_LE + text.encode("utf-16-le"),
        lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
        lambda text: text.encode("utf-16-le"),
        lambda text: text.encode("utf-16-be"),
        lambda text: text.encode("cp1252"),
    ],
    ids=["utf8", "utf8 bom", "utf16le bom", "utf16be bom", "utf16le", "utf16be", "ansi"],
)
def test_encoding_is_found(encode, size: int):
    text = "2022-09-14T08:31:07Z [Error] [Gerät] Größe äöü\r\n2022-09-14T08:31:08Z [Info] [A] b\r\n"
    entries = [entry for entry in told(APP, encode(text), size) if isinstance(entry, Entry)]
    assert [entry.text for entry in entries] == ["Größe äöü", "b"]
    assert entries[0].provider == "Gerät"


def test_bytes_that_mean_nothing_are_mended_and_nul_is_gone():
    [entry] = told(APP, b"2022-09-14T08:31:07Z [Info] [A] a\x00b\x9d\xffc\n")
    assert isinstance(entry, Entry)
    assert "\x00" not in entry.text + entry.raw
    assert entry.text.startswith("a\ufffdb")


def test_endless_line_is_bounded():
    [entry] = told(APP, "2022-09-14T08:31:07Z [Info] [A] " + "x" * 3_000_000, 65_536)
    assert isinstance(entry, Entry)
    assert len(entry.text) < 2 * LONGEST_LINE
    assert "characters left out" in entry.text


def test_entry_that_goes_on_for_ever_is_bounded():
    [entry] = told(APP, "2022-09-14T08:31:07Z [Info] [A] x\n" + "   at Y()\n" * 100_000, 65_536)
    assert isinstance(entry, Entry)
    assert len(entry.text) < 40_000
    assert "characters left out" in entry.text


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=80), st.integers(1, 9))
def test_lines_are_those_of_the_text_however_it_is_cut(text: str, size: int):
    raw = codecs.BOM_UTF8 + text.encode()
    expected = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert list(split_lines(cut(raw, size))) == expected[: len(expected) - (not expected[-1])]


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([APP, TEAMS, AGENT]), st.binary(max_size=200))
def test_any_bytes_are_borne(kind: PartKind, raw: bytes):
    for entry in told(kind, b"2022-09-14T08:31:07Z [Info] [A] x\n" + raw):
        if isinstance(entry, Entry):
            entry.raw.encode()
