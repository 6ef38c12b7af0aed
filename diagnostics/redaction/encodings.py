"""Other writings of a text: percent, entities, escapes, quoted-printable, base64 and hex. Each is
undone into a reading that knows its places, or into bytes that are judged by themselves."""

from __future__ import annotations

import base64
import binascii
import html
import re
import unicodedata
import zlib
from collections.abc import Callable, Iterator

from diagnostics.redaction import limits
from diagnostics.redaction.findings import CannotJudge
from diagnostics.redaction.media import is_media
from diagnostics.redaction.spelling import View

_PERCENT = re.compile(r"(?:%[0-9a-fA-F]{2})+")
_UTF16_PERCENT = re.compile(r"%u([0-9a-fA-F]{4})")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,24});?")
_ESCAPE = re.compile(
    r"\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2})"
    r"|([0-7]{3})|([\"'/\\nrtbf]))"
)
_QUOTED = re.compile(r"(?:=[0-9A-Fa-f]{2})+|=[ \t]*\r?\n")
_JOINED = re.compile(r"""\\\r?\n[ \t]*|(["'])[ \t]*\+[ \t]*\r?\n?[ \t]*\1""")
# The signs that a writing is made with.
ANY = re.compile(
    r"%[0-9a-fA-Fu]|&[#A-Za-z]|\\(?:[uUx0-7\"'/nrtbf\r\n]|\\[uUx\"'/nrt\\])|[\"'][ \t]*\+"
)
BLOCK = re.compile(
    r"(?<![A-Za-z0-9+/_\-])[A-Za-z0-9+/_\-]{16,}+(?:\r?\n[ \t]*[A-Za-z0-9+/_\-]{8,}+)*+={0,2}"
)
HEX = re.compile(
    r"(?<![0-9A-Za-z])(?:(?:0x)?(?:[0-9a-fA-F]{2}){12,}+"
    r"|(?:0x|\\x)?[0-9a-fA-F]{2}(?:(?:[ ,:\-]{1,2}(?:\r?\n)?(?:0x)?|\\x)[0-9a-fA-F]{2}\b){11,}+)"
)
_GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|\d+")
_NOT_HEX = re.compile(r"0[xX]|\\x|[^0-9a-fA-F]")
_PACKED = (b"\x1f\x8b", b"x\x01", b"x\x5e", b"x\x9c", b"x\xda")
_HARMLESS_BYTES = (b"0\x82", b"0\x81", b"\x06\x02\x00\x00", b"-----BEGIN CERT")
_LATIN_RUN = re.compile(r"[A-Za-z]{3}")
_MEDIA_BYTES = 26  # the smallest picture that there is, a GIF of one point
_WRITTEN_MEDIA = (b"%PDF", b"<svg", b"<?xml", b"{\\rtf")
_BLANK = {"n": " ", "r": " ", "t": " ", "b": "", "f": " "}


def may_hide(text: str) -> bool:
    """Whether a text has characters that a writing is made with."""
    return ANY.search(text) is not None


def _replaced(
    view: View, pattern: re.Pattern[str], undo: Callable[[re.Match[str]], str | None]
) -> View:
    """A reading with each match undone; None from `undo` leaves it as it is."""
    text = view.text
    parts: list[str] = []
    at: list[int] = []
    last = 0
    for match in pattern.finditer(text):
        new = undo(match)
        if new is None:
            continue
        parts.append(text[last : match.start()])
        at.extend(range(last, match.start()))
        parts.append(new)
        size = match.end() - match.start()
        at.extend(_places(match.start(), size, new))
        last = match.end()
    if not last and not parts:
        return view
    parts.append(text[last:])
    at.extend(range(last, len(text) + 1))
    return View("".join(parts), at if view.at is None else [view.at[index] for index in at])


def _places(start: int, size: int, new: str) -> Iterator[int]:
    """Where each character of `new` was written: three characters to a byte, else in proportion."""
    bytes_of = [len(char.encode("utf-8", "surrogatepass")) for char in new]
    if sum(bytes_of) * 3 != size:
        bytes_of = [1] * len(new)
    if sum(bytes_of) * 3 != size:
        yield from (start + index * size // len(new) for index in range(len(new)))
        return
    for count in bytes_of:
        yield start
        start += count * 3


def _percent(match: re.Match[str]) -> str | None:
    raw = bytes.fromhex(match.group().replace("%", ""))
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def _entity(match: re.Match[str]) -> str | None:
    new = html.unescape(match.group())
    return None if new == match.group() else new


def _char(code: int) -> str:
    return chr(code) if code <= 0x10FFFF else "�"


def _escape(match: re.Match[str]) -> str | None:
    braced, short, long, byte, octal, mark = match.groups()
    for digits in (braced, short, long, byte):
        if digits:
            return _char(int(digits, 16))
    if octal:
        return _char(int(octal, 8))
    return _BLANK.get(mark, mark)


def _escape_with_lines(match: re.Match[str]) -> str | None:
    return "\n" if match[6] == "n" else _escape(match)


def undone(view: View, *, lines: bool = False) -> View | None:
    """The reading with all writings undone, again and again; None when there are none.

    `lines`: a written line end is one; else it is a blank, so that no value ends there. Raises
    CannotJudge when they lie in each other deeper than anything real.
    """
    first = view
    for _ in range(limits.DECODINGS):
        before = view
        if "%" in view.text:
            view = _replaced(view, _PERCENT, _percent)
            view = _replaced(view, _UTF16_PERCENT, lambda match: _char(int(match[1], 16)))
        if "&" in view.text:
            view = _replaced(view, _ENTITY, _entity)
        if "+" in view.text or "\\" in view.text:
            view = _replaced(view, _JOINED, lambda match: "")
        if "\\" in view.text:
            view = _replaced(view, _ESCAPE, _escape_with_lines if lines else _escape)
        if view.text == before.text:
            return None if view is first or view.text == first.text else view
    raise CannotJudge("A text written in encodings of encodings.")


def unquoted(view: View) -> View | None:
    """The reading with quoted-printable undone; None when nothing looks like it."""
    if "=" not in view.text or not _QUOTED.search(view.text):
        return None

    def undo(match: re.Match[str]) -> str | None:
        digits = match.group().replace("=", "").strip()
        if not digits:
            return ""
        try:
            return bytes.fromhex(digits).decode("utf-8")
        except UnicodeDecodeError:
            return bytes.fromhex(digits).decode("cp1252", errors="replace")

    return _replaced(view, _QUOTED, undo)


def blocks(text: str) -> Iterator[tuple[int, int, bytes]]:
    """Places of base64 and hex in a text, and the bytes that they write."""
    for match in BLOCK.finditer(text):
        packed = "".join(match.group().split()).rstrip("=")
        if _GUID.fullmatch(packed) or (
            packed.isalpha() and packed in (packed.lower(), packed.upper())
        ):
            continue
        yield from _block(match.start(), match.end(), packed)
    for match in HEX.finditer(text):
        digits = _NOT_HEX.sub("", match.group())
        if len(digits) % 2 == 0:
            yield match.start(), match.end(), bytes.fromhex(digits)


def _block(start: int, end: int, packed: str) -> Iterator[tuple[int, int, bytes]]:
    standard = packed.replace("-", "+").replace("_", "/")
    whole = standard[: len(standard) - (len(standard) % 4 == 1)]
    try:
        raw = base64.b64decode(whole + "=" * (-len(whole) % 4))
    except binascii.Error:
        return
    yield start, end, raw


def readable(raw: bytes) -> str | None:
    """The text that bytes write, unpacked if packed; None for bytes that are no text.

    Raises CannotJudge for a block that unpacks too large, or that is large and says nothing
    anybody can read.
    """
    if raw.startswith(_PACKED):
        raw = _unpacked(raw)
    for encoding in ("utf-8-sig", "utf-16-le", "utf-16-be"):
        if encoding != "utf-8-sig" and len(raw) % 2:
            continue
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        text = text.lstrip("\ufeff")
        if encoding == "utf-8-sig":
            if sum(map(_odd, text)) * 20 <= len(text):
                return text
        elif _LATIN_RUN.search(text) or sum(map(_unwritten, text)) * 2 <= len(text):
            return text
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", errors="replace")
    if len(raw) >= limits.OPAQUE_BYTES and not raw.startswith(_HARMLESS_BYTES):
        raise CannotJudge("A large encoded block that cannot be read.")
    return None


def _odd(char: str) -> bool:
    return char not in "\r\n\t" and unicodedata.category(char) in ("Cc", "Cn", "Co", "Cs")


def _unwritten(char: str) -> bool:
    """Whether a character is of none of the scripts that our languages are written in: bytes
    read as UTF-16 by mistake are mostly such."""
    code = ord(char)
    if code < 0x250:
        return _odd(char)
    return not (
        0x2000 <= code < 0x2070
        or 0x3000 <= code < 0x3100
        or 0x4E00 <= code < 0xA000
        or 0xFF00 <= code < 0xFFF0
        or 0x370 <= code < 0x530
    )


def _unpacked(raw: bytes) -> bytes:
    engine = zlib.decompressobj(wbits=47)
    try:
        text = engine.decompress(raw, limits.INFLATED_BYTES)
    except zlib.error:
        return raw
    if engine.unconsumed_tail:
        raise CannotJudge("A packed block that becomes too large.")
    return text or raw


def holds_media(raw: bytes) -> bool:
    """Whether the bytes of a block begin as a picture, sound, film or document does."""
    if len(raw) < _MEDIA_BYTES or (raw.isascii() and not raw.startswith(_WRITTEN_MEDIA)):
        return False
    return is_media(raw[:4096])
