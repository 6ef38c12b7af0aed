"""The zip around a bundle: an honest one opens, and each kind of hostile one is refused by name."""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnostics.bundles.bundle import open_bundle
from diagnostics.bundles.limits import LIMITS, Limits
from diagnostics.bundles.refusal import SENTENCES, RefusedBundle
from tests.diagnostics.bundles.hostile import HOSTILE, good, huge, lying_bomb
from tests.diagnostics.bundles.zips import (
    ACTIVITY,
    APP,
    LINE,
    TIME,
    Member,
    bundle,
    deflate,
    listed,
    manifest,
    zipped,
)

SMALL = Limits(
    bundle_bytes=200_000, file_bytes=300_000, total_bytes=400_000, ratio=20, ratio_from=50_000
)


def named(name: str, body: bytes = TIME) -> io.BytesIO:
    return bundle(Member(name.encode("utf-8", "surrogateescape"), body))


def refusal(file: io.BytesIO, limits: Limits = LIMITS) -> str:
    with pytest.raises(RefusedBundle) as refused:
        open_bundle(file, limits)
    assert refused.value.sentence == SENTENCES[refused.value.code]
    return refused.value.code


@pytest.mark.parametrize("method", [0, 8])
def test_bundle_of_plain_files_opens(method: int):
    opened = open_bundle(bundle(good(method=method), Member(APP.encode(), LINE, method=method)))
    assert [file.path for file in opened.files] == [ACTIVITY, APP]
    assert [b"".join(opened.pieces(file)) for file in opened.files] == [TIME, LINE]
    assert opened.files[1].head == LINE
    assert opened.manifest.collection == "COL-ABCD1234"


def test_bundle_with_descriptors_opens():
    tail = struct.pack("<4s3I", b"PK\x07\x08", zlib.crc32(TIME), len(deflate(TIME)), len(TIME))
    for descriptor in (tail, tail[4:]):
        one = good(flags=8, descriptor=descriptor, local_sizes=(0, 0, 0))
        assert len(open_bundle(bundle(one)).files) == 1


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_bundle_is_refused_by_its_reason(name: str):
    code, make = HOSTILE[name]
    assert refusal(make()) == code


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (huge, "bomb"),
        (lying_bomb, "size"),
        (lambda: bundle(Member(APP.encode(), bytes(310_000))), "bomb"),
        (lambda: bundle(good(method=0, packed=bytes(210_000))), "too_large"),
        (
            lambda: bundle(
                *(
                    Member(f"App/SkypeRoomSystem/{n}.log".encode(), LINE * 800, method=0)
                    for n in range(3)
                )
            ),
            "bomb",
        ),
    ],
    ids=["dense", "lying", "large file", "large zip", "large together"],
)
def test_bundle_over_a_limit_is_refused(make: Callable[[], io.BytesIO], code: str):
    limits = Limits(
        bundle_bytes=200_000, file_bytes=300_000, total_bytes=100_000, ratio=20, ratio_from=50_000
    )
    assert refusal(make(), limits if code == "bomb" else SMALL) == code


def test_bomb_is_counted_while_it_unpacks():
    """What the list says is within bounds; only unpacking shows that it is dense."""
    body = bytes(60_000)
    one = Member(APP.encode(), body, packed=deflate(body, 9))
    dense = Limits(ratio=len(body) // len(deflate(body, 9)) - 1, ratio_from=50_000)
    assert refusal(bundle(one), dense) == "bomb"


@pytest.mark.parametrize(
    "name",
    [
        "/etc/passwd", "../a", "Activity/../../a", "Activity/./a", "C:/a", "C:a", "a\\b",
        "\\\\host\\a", "Activity//a", "CON", "App/nul.log", "App/COM1.log", "a\x00b", "a\nb", "",
        "App/trailing. ", "App/trailing.", " App/a", "-rf", "~/a", "x" * 300, "App/a:b", "é/a",
        "%2e%2e/a", "App/a|b", "App/a*", "\u202etxt.evtx", "LPT9", "aux.txt",
    ],
)  # fmt: skip
def test_name_that_leads_elsewhere_is_refused(name: str):
    assert refusal(zipped(Member(name.encode(), TIME), Member(b"manifest.json", b"{}"))) == "path"


@pytest.mark.parametrize(
    "changed",
    [
        {"format": 2}, {"format": "1"}, {"collection": "x"}, {"device": ""},
        {"made_at": "yesterday"},
        {"made_at": "2022-09-14T08:31:07"}, {"extra": 1}, {"files": None},
        {"left_out": [{"kind": "x"}]},
        {"left_out": [{"kind": "activity", "why": "because of {subject}"}]},
        {"files": [listed(APP, "activity", TIME)]},
        {"files": [listed(ACTIVITY, "music", TIME)]},
        {"files": [listed("Windows/EventLog/Other.evtx", "event_log", TIME)]},
        {"files": [listed(ACTIVITY, "activity", TIME) | {"sha256": "00"}]},
        {"files": [listed(ACTIVITY, "activity", TIME) | {"bytes": -1}]},
        {"files": [listed(ACTIVITY, "activity", TIME)] * 2},
        {"files": [listed("Activity/../x", "activity", TIME)]},
    ],
    ids=range(17),
)  # fmt: skip
def test_manifest_outside_of_its_schema_is_refused(changed: dict[str, object]):
    body = manifest(changed.pop("files", []), **changed)  # type: ignore[arg-type]  # on purpose
    assert refusal(zipped(Member(b"manifest.json", body))) == "manifest_invalid"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff\xfe", b"null", b"[" * 5000])
def test_manifest_that_is_no_json_is_refused(body: bytes):
    assert refusal(zipped(Member(b"manifest.json", body))) == "manifest_invalid"


def test_refusal_never_quotes_the_bundle():
    with pytest.raises(RefusedBundle) as refused:
        open_bundle(named("Budget of the takeover canary.log"))
    assert "canary" not in str(refused.value)


def test_file_that_gives_little_at_once_is_read_all_the_same():
    class Sparing(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(min(size, 7) if size and size > 0 else 7)

    opened = open_bundle(Sparing(bundle(good(), Member(APP.encode(), LINE)).getvalue()))
    assert [b"".join(opened.pieces(file)) for file in opened.files] == [TIME, LINE]


@settings(max_examples=250, deadline=None)
@given(st.data())
def test_whatever_is_changed_is_refused_or_reads_as_the_common_library_reads_it(
    data: st.DataObject,
):
    """No byte of a bundle has two meanings: what opens here is the same elsewhere."""
    raw = bytearray(bundle(good(), Member(APP.encode(), LINE, method=0)).getvalue())
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(raw) - 1))
        raw[place] = data.draw(st.integers(0, 255))
    try:
        opened = open_bundle(io.BytesIO(bytes(raw)))
    except RefusedBundle:
        return
    with zipfile.ZipFile(io.BytesIO(bytes(raw))) as common:
        assert {one.filename for one in common.infolist()} == {
            "manifest.json",
            *(file.listed.path for file in opened.files),
        }
        for file in opened.files:
            assert common.read(file.listed.path) == b"".join(opened.pieces(file))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400))
def test_anything_at_all_is_refused_and_never_breaks(raw: bytes):
    with pytest.raises(RefusedBundle):
        open_bundle(io.BytesIO(raw + b"PK\x05\x06" + raw[:18].ljust(18, b"\0")))


def test_bundle_is_read_forward():
    """Sealed chunks are opened one after the other, so going back is dear."""

    class Watched(io.BytesIO):
        back = 0

        def seek(self, place: int, whence: int = 0) -> int:
            self.back += whence == 0 and place < self.tell()
            return super().seek(place, whence)

    members = [Member(b"Agent/ServicePortalAgent%d.log" % n, LINE * 50) for n in range(20)]
    file = Watched(bundle(*members).getvalue())
    opened = open_bundle(file)
    assert file.back < 8
    for one in opened.files:
        assert b"".join(opened.pieces(one)) == LINE * 50
    assert file.back < 10
    json.dumps(opened.manifest.model_dump(mode="json"))
