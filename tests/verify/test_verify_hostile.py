"""Bundles built to do harm: each is refused or judged, in bounded memory and time."""

from __future__ import annotations

import io
import json
import os
import struct
import sys
import time
import tracemalloc
import zipfile
import zlib

import pytest

from access.verify import rooms_verify as verify
from tests.verify.maker import Maker, b64, story, zipped


@pytest.fixture(scope="module")
def maker() -> Maker:
    """A small log."""
    return story(1, 5)


def refused(data: bytes | str | dict[str, bytes]) -> str:
    """Why it cannot be read."""
    report = verify.verify_source(data)
    assert report.exit_code == 2, verify.as_text(report)
    return report.unreadable


def archive(*entries: tuple[zipfile.ZipInfo, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as made:
        for info, content in entries:
            made.writestr(info, content)
    return target.getvalue()


def with_more(maker: Maker, name: str, content: bytes = b"", mode: int = 0) -> bytes:
    info = zipfile.ZipInfo(name)
    info.filename = name  # as it is, whatever the separator
    info.external_attr = mode << 16
    good = [(zipfile.ZipInfo(path), data) for path, data in maker.whole().items()]
    return archive(*good, (info, content))


# Names


@pytest.mark.parametrize(
    "name",
    [
        "../outside",
        "tile/../../outside",
        "/etc/passwd",
        "C:/windows",
        "tile\\0\\000",
        "tile//0",
        "./checkpoint",
        "tile/./0",
        "white space",
        "new\nline",
        "\u202etxt.exe",
        "-\x1b[31m",
        "a" * 300,
        "",
        "tile/",
    ],
)
def test_path_trick_is_refused_or_ignored(maker, name):
    report = verify.verify_source(with_more(maker, name), maker.keys)
    if name == "tile/":  # a folder's own entry, as some tools write it
        assert report.exit_code == 0
        return
    assert report.exit_code == 2
    assert report.unreadable.isprintable()


def test_name_cut_by_a_null_is_refused(maker):
    data = with_more(maker, "checkpoinX_txt").replace(b"checkpoinX_txt", b"checkpoint\0txt")
    assert "name" in refused(data)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_files_of_one_name_are_refused(maker):
    assert "two files named checkpoint" in refused(with_more(maker, "checkpoint", b"other"))


# Links and devices


def test_link_in_a_zip_is_refused(maker):
    assert "link" in refused(with_more(maker, "manifest", b"/etc/passwd", mode=0o120777))


def folder(maker: Maker, path: object) -> str:
    for name, content in maker.whole().items():
        target = path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return str(path)


def test_link_in_a_folder_is_refused(maker, tmp_path):
    (tmp_path / "secret").write_text("secret")
    place = folder(maker, tmp_path / "bundle")
    os.symlink(tmp_path / "secret", tmp_path / "bundle" / "pack.json")
    assert "link" in refused(place)


def test_linked_folder_is_refused(maker, tmp_path):
    place = folder(maker, tmp_path / "bundle")
    os.symlink("/", tmp_path / "bundle" / "root")
    assert "link" in refused(place)


def test_pipe_in_a_folder_is_refused(maker, tmp_path):
    place = folder(maker, tmp_path / "bundle")
    os.mkfifo(tmp_path / "bundle" / "range.json")
    assert "no plain file" in refused(place)


def test_file_that_becomes_a_link_after_the_look_is_refused(maker, tmp_path):
    bundle = verify.open_bundle(folder(maker, tmp_path / "bundle"))
    (tmp_path / "bundle" / "checkpoint").unlink()
    os.symlink("/etc/passwd", tmp_path / "bundle" / "checkpoint")
    assert verify.verify(bundle).exit_code == 2


# Sizes


def test_bomb_is_refused_before_it_is_unpacked():
    info = zipfile.ZipInfo("tile/entries/000")
    info.compress_type = zipfile.ZIP_DEFLATED
    bomb = archive((info, bytes(300 << 20)))
    assert len(bomb) < 1 << 20
    assert "bomb" in refused(bomb)


def test_file_larger_than_its_kind_is_refused(maker):
    for name in ("checkpoint", "keys.json", "manifest.json"):
        files = {**maker.whole(), name: b" " * (2 << 20)}
        assert "larger than" in refused(zipped(files))


def test_file_that_lies_about_its_size(maker):
    """The directory says 10 bytes, and 100 MB come out: no more than 10 are read."""
    packed = zlib.compressobj(wbits=-15)
    body = packed.compress(bytes(100 << 20)) + packed.flush()
    local = struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 8, 0, 0, 0, len(body), 10, 10, 0)
    local += b"checkpoint" + body
    central = struct.pack(
        "<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, 8, 0, 0, 0, len(body), 10, 10, 0, 0, 0, 0, 0, 0
    )
    central += b"checkpoint"
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, len(central), len(local), 0)
    tracemalloc.start()
    report = verify.verify_source(local + central + end)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert report.exit_code in (1, 2)
    assert peak < 20 << 20


def test_directory_that_claims_to_be_huge_is_refused():
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 65535, 65535, 0xFFFFFFF0, 0, 0)
    assert refused(b"x" * 100 + end)


@pytest.mark.parametrize("size", [1 << 40, (1 << 48), 999_999_999_999_999])
def test_huge_log_that_is_not_there_costs_nothing(size):
    """Signed by whoever made it: 10^12 records, of which none is in the bundle."""
    maker = Maker()
    begun = time.monotonic()
    files = {
        "checkpoint": maker.note(maker.text(size, bytes(32))),
        "keys.json": maker.keys,
        "tile/entries/000": b"",
        "tile/0/000": bytes(8192),
        "tile/1/000": bytes(8192),
    }
    report = verify.verify_source(files, maker.keys, [maker.note(maker.text(12345, bytes(32)))])
    assert report.exit_code in (1, 2)
    files["range.json"] = json.dumps({"first": 0, "last": min(size, 1 << 48) - 1}).encode()
    assert verify.verify_source(files, maker.keys).exit_code in (1, 2)
    assert time.monotonic() - begun < 60  # and not 10^12 steps


@pytest.mark.parametrize(
    "span",
    [
        b"{}",
        b"[]",
        b"null",
        b'{"first": -1, "last": 3}',
        b'{"first": 3, "last": 1}',
        b'{"first": 0, "last": 1e3}',
        b'{"first": 0.5, "last": 3}',
        b'{"first": true, "last": 3}',
        b'{"first": "0", "last": "3"}',
        b'{"first": 0, "first": 1, "last": 3}',
        b'{"first": 0, "last": 99999999999999999999999}',
        b"[" * 500_000,
        b'{"first":' * 50_000,
        b"9" * 900_000,
        b"\xff\xfe{}",
        b"",
        b"NaN",
    ],
)
def test_range_that_is_none_is_refused(maker, span):
    assert "range.json" in refused({**maker.whole(), "range.json": span})


@pytest.mark.parametrize(
    "name",
    ["proofs/-1.json", "proofs/01.json", "proofs/1e3.json", "proofs/x/1.json", "proofs/1.json.bak"],
)
def test_proof_with_an_odd_name_is_refused(maker, name):
    files = {**maker.evidence([0, 1]), name: b"{}"}
    assert "name of a proof" in refused(files)


@pytest.mark.parametrize("name", ["manifest.json", "proofs/0.json", "pack.json", "keys.json"])
@pytest.mark.parametrize(
    "content", [b"", b"null", b"7", b"[]", b'{"a":{}}', b"[" * 300_000, b"\xc3\x28", b'"\\ud800"']
)
def test_side_file_of_any_content_is_judged(maker, name, content):
    files = {**maker.evidence([0, 1]), "manifest.json": b"{}", name: content}
    report = verify.verify_source(files, maker.keys)
    assert report.exit_code in (1, 2)
    verify.as_text(report).encode()
    json.dumps(report.as_dict()).encode()


def test_endless_line_of_disclosures_is_refused(maker):
    assert "line of more than" in refused({**maker.whole(), "disclosures.jsonl": b"x" * (1 << 20)})


def test_terminal_codes_are_not_printed():
    maker = Maker()
    maker.life()
    maker.viewed("\x1b[2J\x1b[31mGR-1\u202e", ["\x07"], subject_reference="\x1b]0;x\x07")
    report = verify.verify_source(maker.whole(), maker.keys)
    assert report.exit_code == 1
    assert "\x1b" not in verify.as_text(report)
    assert "\u202e" not in verify.as_text(report)
    assert "\x1b" not in json.dumps(report.as_dict())


def test_lone_surrogates_in_a_record_are_refused():
    maker = Maker()
    maker.leaves.append(b'{"a":"\\ud800"}')
    maker.disclosed.append({"event": "x", "name": "y", "disclosure": "z"})
    report = verify.verify_source(maker.whole(), maker.keys)
    assert report.failures[0].code == "record.form"


def test_encrypted_or_oddly_packed_file_is_refused(maker):
    good = zipped(maker.whole())
    assert "encrypted" in refused(
        good.replace(b"PK\1\2\x14\3\x14\0\0\0", b"PK\1\2\x14\3\x14\0\1\0")
    )
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_LZMA) as made:
        made.writestr("checkpoint", maker.checkpoint())
    assert "packed" in refused(target.getvalue())


def test_nested_directories_of_any_depth_do_not_recurse(maker, tmp_path):
    place = tmp_path / "bundle"
    folder(maker, place)
    deep = str(place)
    for _ in range(120):
        deep += "/a"
    os.makedirs(deep)
    assert verify.verify_source(str(place), maker.keys).exit_code == 2


def test_limit_of_recursion_is_left_alone(maker):
    before = sys.getrecursionlimit()
    verify.verify_source(maker.whole(), maker.keys)
    assert sys.getrecursionlimit() == before


def test_memory_stays_bounded_over_many_tiles():
    """40 tiles of records: the peak is that of a few tiles, not of the log."""
    maker = Maker()
    filler = "x" * 4000
    for _ in range(40 * 256):
        maker.leaves.append(
            json.dumps({"filler": filler}, separators=(",", ":"), sort_keys=True).encode()
        )
        maker.disclosed.append({"event": "", "name": "", "disclosure": ""})
    files = {
        **maker.entries(),
        **maker.tiles(),
        "checkpoint": maker.checkpoint(),
        "manifest.json": json.dumps(
            {"log": "eu", "size": 40 * 256, "root": b64(bytes(32)), "kind": "log"}
        ).encode(),
    }
    data = zipped(files)
    files.clear()
    tracemalloc.start()
    report = verify.verify_source(data, maker.keys)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert report.failure_count > 10_000
    assert peak < 12 << 20  # the log has 41 MB
