"""Pictures, sound, film and office documents are refused by what they are, whatever they are
called: room diagnostics hold none."""

from __future__ import annotations

import filetype

HEAD_BYTES = 8192  # how much of a file's beginning the judgement wants

_KINDS = ("image/", "audio/", "video/", "font/")
_DOCUMENTS = {
    "application/pdf": "a PDF document",
    "application/rtf": "an office document",
    "application/epub+zip": "a book",
    "application/postscript": "a print file",
    "application/x-shockwave-flash": "a film",
}
_OWN = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an office document"),  # OLE: doc, xls, ppt, msg
    (b"!BDN", "a mailbox"),
    (b"#!AMR", "sound"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "sound or film"),  # ASF: wma, wmv
    (b"FORM", "sound"),  # AIFF, if AIFF stands at 8
    (b".snd", "sound"),
    (b"caff", "sound"),
    (b"MThd", "sound"),
    (b"\xff\x4f\xff\x51", "a picture"),  # JPEG 2000 stream
    (b"8BPS", "a picture"),
)
_OFFICE_PARTS = (b"[Content_Types].xml", b"_rels/.rels", b"word/", b"xl/", b"ppt/", b"mimetypeapp")


class RefusedMedia(Exception):
    """The content is media or an office document; `what` says which, in words for people."""

    def __init__(self, what: str) -> None:
        super().__init__(f"The file is {what}; only logs and queries are taken.")
        self.what = what


def media_kind(head: bytes) -> str | None:
    """What the content is, in words, when it is media or an office document; else None."""
    head = head[:HEAD_BYTES]
    for magic, what in _OWN:
        if head.startswith(magic) and (magic != b"FORM" or head[8:12] in (b"AIFF", b"AIFC")):
            return what
    if head.startswith(b"%PDF") or b"%PDF-" in head[:1024]:
        return _DOCUMENTS["application/pdf"]
    if head.startswith(b"PK\x03\x04") and any(part in head[:2048] for part in _OFFICE_PARTS):
        return "an office document"
    if b"<svg" in head[:1024].lower():
        return "a picture"
    found = filetype.guess(head)
    if found is None:
        return None
    if found.mime.startswith(_KINDS):
        return {"image": "a picture", "audio": "sound", "video": "film", "font": "a font"}[
            found.mime.partition("/")[0]
        ]
    return _DOCUMENTS.get(found.mime)


def is_media(head: bytes) -> bool:
    """Whether the content begins as media or an office document does."""
    return media_kind(head) is not None


def refuse_media(head: bytes) -> None:
    """Raise RefusedMedia when a file that begins with `head` is media or an office document.

    `head` is the first HEAD_BYTES of the file, or all of a shorter one.
    """
    what = media_kind(head)
    if what is not None:
        raise RefusedMedia(what)
