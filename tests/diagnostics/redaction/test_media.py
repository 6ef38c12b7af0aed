"""Media is refused by what it is, and logs are not."""

from __future__ import annotations

import pytest

from diagnostics.redaction.media import RefusedMedia, refuse_media

PAD = b"\x00" * 40
MEDIA = {
    "png": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
    "jpeg": b"\xff\xd8\xff\xe0\x00\x10JFIF",
    "gif": b"GIF89a",
    "webp": b"RIFF\x24\x00\x00\x00WEBPVP8 ",
    "heic": b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic",
    "mp4": b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom",
    "mov": b"\x00\x00\x00\x14ftypqt  \x00\x00\x00\x00qt  ",
    "mkv": b"\x1aE\xdf\xa3\x93B\x82\x88matroska",
    "webm": b"\x1aE\xdf\xa3\x93B\x82\x84webm",
    "avi": b"RIFF\x24\x00\x00\x00AVI LIST",
    "mp3": b"ID3\x03\x00\x00\x00\x00\x00\x21",
    "mp3 frames": b"\xff\xfb\x90\x64",
    "wav": b"RIFF\x24\x00\x00\x00WAVEfmt ",
    "ogg": b"OggS\x00\x02",
    "flac": b"fLaC\x00\x00\x00\x22",
    "aac": b"\xff\xf1\x50\x80",
    "m4a": b"\x00\x00\x00\x18ftypM4A ",
    "wma": bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"),
    "svg": b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'>",
    "pdf": b"%PDF-1.7\n",
    "pdf after junk": b"junk\n%PDF-1.4\n",
    "docx": b"PK\x03\x04\x14\x00\x06\x00" + PAD[:18] + b"\x13\x00\x00\x00[Content_Types].xml",
    "doc": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    "rtf": b"{\\rtf1\\ansi",
}
HARMLESS = {
    "evtx": b"ElfFile\x00" + PAD,
    "json": b'{"Description": "USB Root Hub", "State": 3}',
    "log": b"2022-06-14 09:12:33.123 [INFO] CameraService: ready\r\n",
    "log with mark": b"\xef\xbb\xbf2022-06-14 09:12:33.123 [INFO] ready\r\n",
    "utf-16": "2022-06-14 ready".encode("utf-16"),
    "bundle": b"PK\x03\x04\x14\x00\x00\x00\x08\x00" + PAD[:16] + b"\x0d\x00\x00\x00manifest.json",
    "empty": b"",
}


@pytest.mark.parametrize("name", MEDIA)
def test_media_is_refused(name: str) -> None:
    with pytest.raises(RefusedMedia) as refused:
        refuse_media(MEDIA[name] + PAD)
    assert refused.value.what


@pytest.mark.parametrize("name", HARMLESS)
def test_what_a_bundle_holds_is_taken(name: str) -> None:
    refuse_media(HARMLESS[name])
