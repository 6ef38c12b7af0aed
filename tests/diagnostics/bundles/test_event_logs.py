"""Event logs: what is written comes out again, damage costs only itself, and nothing hangs."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnostics.bundles import event_reader
from diagnostics.bundles.entries import LONGEST_VALUE, Entry, KeptOut
from diagnostics.bundles.event_chunks import CHUNK, FILE_HEADER
from diagnostics.bundles.event_logs import fields_of, read
from diagnostics.bundles.event_reader import EventReader, ReaderBroken, Unreadable
from diagnostics.bundles.messages import MESSAGES, describe
from rooms.simulator.bundle.binxml import Shape
from rooms.simulator.bundle.evtx_file import Event, Written, chunks_of, file_header

AT = datetime(2022, 9, 14, 8, 31, 7, 123456, UTC)
PATH = "Windows/EventLog/System.evtx"
SHAPE = Shape("Microsoft-Windows-Kernel-PnP", "System", "MTR-1", ("DeviceInstanceId", "Status"))


def event(number: int, *values: str, shape: Shape = SHAPE, level: int = 3) -> Event:
    return Event(
        shape, AT + timedelta(seconds=number), 442, level, values or ("USB\\X", str(number))
    )


def written(*events: Event) -> bytes:
    count = Written()
    body = b"".join(chunks_of(events, count))
    return file_header(count.chunks, count.records + 1) + body


def pieces(raw: bytes, size: int = 10_000) -> Iterator[bytes]:
    return (raw[place : place + size] for place in range(0, len(raw), size))


def read_all(raw: bytes) -> tuple[list[Entry], list[KeptOut]]:
    told = list(read(pieces(raw), PATH, "System"))
    return (
        [one for one in told if isinstance(one, Entry)],
        [one for one in told if isinstance(one, KeptOut)],
    )


def resum(raw: bytearray, chunk: int = 0) -> bytes:
    """The same with right sums: damage that its maker meant."""
    start = FILE_HEADER + chunk * CHUNK
    (free,) = struct.unpack_from("<I", raw, start + 48)
    block = raw[start : start + CHUNK]
    struct.pack_into("<I", raw, start + 52, zlib.crc32(block[512:free]))
    struct.pack_into("<I", raw, start + 124, 0)
    block = raw[start : start + CHUNK]
    struct.pack_into("<I", raw, start + 124, zlib.crc32(block[:120] + block[128:512]))
    return bytes(raw)


def test_events_of_many_chunks_come_out_in_order():
    entries, kept_out = read_all(written(*(event(number) for number in range(1200))))
    assert not kept_out
    assert [entry.number for entry in entries] == list(range(1, 1201))
    assert [entry.fields["Status"] for entry in entries] == [str(n) for n in range(1200)]
    first = entries[0]
    assert (first.at, first.level, first.source) == (AT, 3, "System")
    assert (first.provider, first.event_id) == ("Microsoft-Windows-Kernel-PnP", 442)
    assert first.text == "USB\\X is not connected any more."
    assert '"Computer":"MTR-1"' in first.raw


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=60), min_size=1))
def test_any_text_comes_out_as_it_was(texts: list[str]):
    entries, kept_out = read_all(written(*(event(0, text, "x") for text in texts)))
    assert not kept_out
    assert [entry.fields.get("DeviceInstanceId", "") for entry in entries] == texts


def test_text_that_cannot_be_stored_is_mended():
    [entry], _ = read_all(written(event(0, "a\x07b\ud800c\x00d", "y" * 15_000)))
    assert entry.fields["DeviceInstanceId"] == "a\ufffdbc"
    assert "\x07" not in entry.raw
    assert len(entry.fields["Status"]) < LONGEST_VALUE + 40
    entry.raw.encode()


def test_audit_entries_and_unknown_levels_are_shown_as_what_they_are():
    levels = (0, 1, 2, 3, 4, 5, 9)
    entries, _ = read_all(written(*(event(n, level=level) for n, level in enumerate(levels))))
    assert [entry.level for entry in entries] == [4, 1, 2, 3, 4, 5, 5]


def test_empty_log_has_no_entries():
    assert read_all(written()) == ([], [])


def test_blank_room_that_windows_sets_aside_is_no_damage():
    entries, kept_out = read_all(written(event(0)) + bytes(3 * CHUNK))
    assert (len(entries), kept_out) == (1, [])


def test_damaged_chunk_costs_its_own_records_only():
    raw = bytearray(written(*(event(number) for number in range(1200))))
    whole, _ = read_all(bytes(raw))
    raw[FILE_HEADER + CHUNK + 5000] ^= 0xFF
    entries, [kept_out] = read_all(bytes(raw))
    assert 0 < len(entries) < len(whole)
    assert entries[0].fields == whole[0].fields
    assert entries[-1].fields == whole[-1].fields
    assert kept_out.path == PATH
    assert "1 damaged parts" in kept_out.why


def test_cut_off_log_gives_what_is_whole():
    raw = written(*(event(number) for number in range(1200)))
    entries, [kept_out] = read_all(raw[: FILE_HEADER + CHUNK + 9000])
    assert len(entries) > 100
    assert "damaged" in kept_out.why


@pytest.mark.parametrize(
    "raw", [b"", b"ElfFile\0", b"x" * 9000, bytes(9000), b"ElfFile\0" + bytes(9000)]
)
def test_file_that_is_no_event_log_is_kept_out(raw: bytes):
    assert read_all(raw) == (
        [],
        [KeptOut(PATH, "It is not an event log, or its beginning is damaged.")],
    )


def test_record_that_means_nothing_is_counted():
    raw = bytearray(written(event(0), event(1), event(2)))
    start = FILE_HEADER + 512
    (size,) = struct.unpack_from("<I", raw, start + 4)
    raw[start + size + 28 : start + size + 40] = b"\xff" * 12
    entries, [kept_out] = read_all(resum(raw))
    assert [entry.fields["Status"] for entry in entries] == ["0", "2"]
    assert "1 damaged entries" in kept_out.why


def bites_its_tail(raw: bytes) -> bytearray:
    """Two names that say of each other that they are the next; the library looks for ever."""
    changed = bytearray(raw)
    firsts = struct.unpack_from("<64I", raw, FILE_HEADER + 128)
    one, other = [first for first in firsts if first][:2]
    struct.pack_into("<I", changed, FILE_HEADER + one, other)
    struct.pack_into("<I", changed, FILE_HEADER + other, one)
    return changed


def test_chain_that_never_ends_is_seen_before_it_is_read():
    raw = resum(bites_its_tail(written(event(0))))
    entries, [kept_out] = read_all(raw)
    assert (entries, "1 damaged parts" in kept_out.why) == ([], True)


def test_reader_that_hangs_is_ended_and_started_again():
    good = written(event(0))
    bad = resum(bites_its_tail(good))
    with EventReader(seconds=60) as reader:
        assert len(reader.read(good)[1]) == 1
        reader.seconds = 0.5
        with pytest.raises(Unreadable):
            reader.read(bad)
        reader.seconds = 60
        assert len(reader.read(good)[1]) == 1
        assert reader.ends == 1


def test_reader_that_keeps_breaking_is_given_up():
    bad = resum(bites_its_tail(written(event(0))))
    with EventReader(seconds=0.3) as reader:
        for _ in range(4):
            with pytest.raises(Unreadable):
                reader.read(bad)
        assert reader.ends == 3


def test_reader_that_does_not_start_is_no_fault_of_the_log(monkeypatch: pytest.MonkeyPatch):
    """A log is not kept out because of a broken installation: somebody has to hear of that."""
    monkeypatch.setattr(event_reader, "CHILD", Path("/nowhere/child.py"))
    with pytest.raises(ReaderBroken):
        read_all(written(event(0)))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_malicious_chunk_never_breaks_the_reading(data: st.DataObject):
    """Right sums around wrong bytes: what the device's maker may send, not only a bad disk."""
    raw = bytearray(written(*(event(number) for number in range(20))))
    for _ in range(data.draw(st.integers(1, 6))):
        place = FILE_HEADER + data.draw(st.integers(128, 4000))
        raw[place] = data.draw(st.sampled_from([0, 1, 2, 6, 0x0C, 0x0D, 0x41, 0x7F, 0x80, 0xFF]))
    for one in read(pieces(resum(raw)), PATH, "System"):
        if isinstance(one, Entry):
            assert one.at.tzinfo is UTC
            assert 1 <= one.level <= 5


@pytest.mark.parametrize(
    ("told", "fields"),
    [
        (None, {}),
        ({"A": "x", "B": 7, "C": None, "D": True}, {"A": "x", "B": "7", "D": "true"}),
        ({"Data": {"#text": ["one", "two"]}}, {"1": "one", "2": "two"}),
        ({"EventXML": {"Outer": {"#attributes": {"xmlns": "x"}, "Inner": "y"}}}, {"Inner": "y"}),
        ({"Data": {"#text": "only"}}, {"1": "only"}),
        ("plain", {"1": "plain"}),
        ({"A": ["x", "y"]}, {"A": "x", "A.2": "y"}),
    ],
    ids=range(7),
)
def test_data_of_an_event_is_flattened(told: object, fields: dict[str, str]):
    assert fields_of(told) == fields


def test_data_that_is_deep_or_long_is_bounded():
    deep: object = "x"
    for _ in range(100):
        deep = {"a": deep}
    assert fields_of(deep) == {}
    assert len(fields_of({f"n{number}": "x" for number in range(500)})) == 64


def test_every_sentence_bears_missing_and_odd_values():
    for provider, event_id in MESSAGES:
        assert describe(provider, event_id, {})
        assert "{" not in describe(provider, event_id, {"0": "a", "param1": "b"})
    odd = describe("Microsoft-Windows-Kernel-PnP", 442, {"DeviceInstanceId": "{0.__class__} %s {"})
    assert odd == "{0.__class__} %s { is not connected any more."


@pytest.mark.parametrize(
    ("provider", "event_id", "data", "words"),
    [
        (
            "Microsoft-Windows-AAD",
            1098,
            {"ErrorCode": "AADSTS50055", "ErrorMessage": "The password is expired."},
            "Signing in failed: AADSTS50055 The password is expired.",
        ),
        ("EventLog", 6008, {"1": "08:31", "2": "14 Sep"},
         "Windows had stopped without being shut down, at 08:31 on 14 Sep."),
        ("SRS-App", 3001, {"1": '{"Description": "Camera status : Unhealthy.", "OperationName":'
                                ' "HardwareCheckEngine", "OperationResult": "Fail"}'},
         "HardwareCheckEngine Fail: Camera status : Unhealthy."),
        ("SRS-App", 2001, {"1": "{not json"}, "{not json"),
        ("SRS-App", 2001, {"1": "[" * 3000}, "[" * 3000),
        ("Somebody", 7, {"A": "x", "2": "y", "C": ""}, "A: x; y"),
    ],
    ids=["sign-in", "unnamed", "app", "app broken", "app deep", "unknown"],
)  # fmt: skip
def test_event_is_described_in_words(
    provider: str, event_id: int, data: dict[str, str], words: str
):
    assert describe(provider, event_id, data) == words
