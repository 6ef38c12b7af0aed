"""Finds persons where they may stand in a log: e-mail addresses, telephone numbers, ids of users,
names behind words that announce one."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

import phonenumbers
from ahocorasick_rs import AhoCorasick

from diagnostics.redaction.edits import Edit
from diagnostics.redaction.findings import Kind
from diagnostics.redaction.keys import Key, name_roles
from diagnostics.redaction.spelling import View

_EMAIL = re.compile(
    r"(?<![\w.+\-@])[\w.+\-!#$%&'*/=?^`{|}~]{0,63}[\w+\-]"
    r"@(?:[\w\-]{1,62}\.){1,8}[a-z\w]{2,24}(?![\w@])"
)
_SID = re.compile(r"s-1-(?:5-21|12-1)(?:-\d{1,10}){3,15}")
_GUID = r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
_USER_GUID = re.compile(
    rf"(?:\b(?:8:)?orgid:|\b(?:user ?(?:object)?[ _]?id|user ?guid|aad ?(?:object|user) ?id"
    rf"|oid|object ?id|puid|mri|organizer ?id|caller ?id|participant ?id|sender ?id)"
    rf"[\"']?\s{{0,3}}[:=]\s{{0,3}}[\"'{{]?(?:8:)?(?:orgid:)?)"
    rf"({_GUID}|[0-9a-f]{{16}}(?![0-9a-f]))"
)
_PHONE = re.compile(r"(?:\+|\b00)[ (]{0,2}\d[\d\s().\-/]{6,24}\d")
_ABROAD = re.compile(r"\b00\d{6}")
_PHONE_WORD = re.compile(
    r"(?:tel|phone|telephone|telefon|telefono|telefoon|fax|mobile?|movil|mobil|handy"
    r"|caller|dial(?:ed|ing)?|電話|携帯|电话|手机|pstn)\w{0,8}[\"']?\s?[:=.]{0,2}\s?[\"']?(\(?\d[\d\s().\-/]{5,20}\d)"
)
_TEL_URI = re.compile(r"(?:tel|4):(\+?\d[\d\-]{6,18})")
_FOLDER = re.compile(
    r"[a-z]:[\\/]{1,4}users[\\/]{1,4}"
    r"([^\\/:*?\"<>|\n\[]{1,64})(?=[\\/\"'\s;,]|$)"
)
_NOT_OWNERS = frozenset(
    "skype admin administrator public default all users default user defaultuser0 defaultaccount"
    " defaultapppool localservice networkservice systemprofile".split()
) | {"all users", "default user", "default.migrated"}
_HONORIFIC = re.compile(
    r"\b(?:Mr|Mrs|Ms|Mme|Mlle|Herr|Herrn|Frau|Sra?|Dhr|Mevr|Monsieur|Madame|Mevrouw|Meneer|Señora?)\.?"
    r"[ \u00a0]((?:[A-ZÀ-Þ][\w'’\-]{1,24})"
    r"(?:[ \u00a0](?:(?:von|van|de|der|den|la|el|du)[ \u00a0])?[A-ZÀ-Þ][\w'’\-]{1,24}){0,2})"
)
_SAN = re.compile(r"([\u3040-\u30ff\u4e00-\u9fff]{2,6})(?:さん|様|先生|女士)")
_SIGN = re.compile(
    r"""["'`)\s]{0,4}(?:\[\w{0,12}\])?\s{0,3}(?:[:=|]{1,2}|\t|=>|->)\s{0,6}|\s{1,3}(?=["'«「])"""
)
_PHRASE = re.compile(r"\s{0,3}:?\s{1,3}")
_IN_TAG = re.compile(r"<[^<>]*\Z")
_PHRASES = ("from", "als", "as", "by", "von", "que", "como", "par", "por", "door")
_NAME = re.compile(
    r"[\"'«「\s]{0,3}([^\W\d_][\w.'’\-·]{0,30}(?:[ \u00a0\\]{1,2}[^\W\d_][\w.'’\-·]{0,30}){0,4})"
)
_BESIDE = re.compile(
    r"\s([\u3040-\u30ff\u4e00-\u9fff]{2,6}(?=[,;、])"
    r"|[A-ZÀ-Þ][^\W\d_]+(?:\s(?:van|von|de|der|den|la|el|du|di))?\s[A-ZÀ-Þ][\w'’\-]+)"
    r"(?=[,;:.)(]|\s(?:at|um|à|om|joined|left|in|has|is|ist)\b|$)"
)
_BREAK = frozenset(
    "at on in from to for with um am im a le en op om joined left has is was via".split()
)
_LIST = re.compile(r"\s{0,2}[;,、]\s{0,2}|\s(?:and|und|et|y|en|和)\s")
_NOT_NAMES = frozenset(
    "none null unknown system local network service anonymous logon nt authority admin"
    " administrator skype room user users true false not found failed"
    " error is are was were has have the a an no"
    " yes with without for of in on at to from this that count list id"
    " type role status state changed"
    " joined left added removed required optional device default public guest all any empty n"
    " self me you conference meeting organizer participant attendee presenter camera display"
    " microphone speaker session signed out logged off session0 workgroup window manager dwm umfd"
    " local-service network-service iusr ok healthy unhealthy connected disconnected started"
    " stopped cut person hidden redacted removed masked pii profile"
    " settings mode account accounts agent"
    " changed failed updated request response timeout server client teams microsoft windows".split()
)
_PEOPLE_AFTER = 160


# Letters that stand near every person that the patterns find, and what confirms them.
_HINTS = AhoCorasick(
    "@|+|s-1-|users\\|users/|orgid|user|oid|object|mri|puid|organizer|caller|participant|sender|さん|様"
    "|先生|女士|tel|phon|fax|mobil|movil|handy|dial|pstn|電話|携帯|电话|手机|4:+|mr|ms|mme|herr|frau|sr"
    "|dhr|mevr|monsieur|madame|meneer|señor".split("|")
)
_CONFIRMED = re.compile(
    r"@|s-1-|\+[ (]{0,2}\d[\d\s().\-/]{5}|users[\\/]|(?:orgid|user|oid"
    r"|object|mri|puid|organizer|caller"
    r"|participant|sender)[^\n]{0,30}?[0-9a-f]{8}|さん|様|先生|女士|4:\+"
    r"|(?:\btel|phon|\bfax|mobil|movil|handy|dial|caller|pstn|電話|携帯|电话|手机)[^\n\d]{0,20}\d"
)


def hints(folded: str) -> Iterator[int]:
    """Where something stands that is near every person; of such texts `may_name` is asked."""
    for _, begin, _ in _HINTS.find_matches_as_indexes(folded):
        yield begin


def may_name(text: str, folded: str) -> bool:
    """Whether any of the patterns may find a person: cheap, asked of every line."""
    if "00" in folded and _ABROAD.search(folded):
        return True
    if not _HINTS.find_matches_as_indexes(folded):
        return False
    return bool(_CONFIRMED.search(folded) or _HONORIFIC.search(text))


def persons(
    folded: View, raw: str, people: Collection[Key], own: Collection[str]
) -> Iterator[tuple[Kind, int, int]]:
    """Kind and place, in the reading, of every person found; `own` names the room's account."""
    text = folded.text
    if "@" in text:
        for match in _EMAIL.finditer(text):
            start = match.start() + len(match.group()) - len(match.group().lstrip("'`*/=?{|&!#$%^"))
            kind = Kind.ROOM_ACCOUNT if text[start : match.end()] in own else Kind.EMAIL
            yield kind, start, match.end()
    if "s-1-" in text:
        for match in _SID.finditer(text):
            yield Kind.USER_ID, match.start(), match.end()
    if "-" in text or "id" in text:
        for match in _USER_GUID.finditer(text):
            yield Kind.USER_ID, match.start(1), match.end(1)
    yield from _numbers(text)
    if "users" in text:
        for match in _FOLDER.finditer(text):
            if match[1].strip() not in _NOT_OWNERS:
                yield Kind.PERSON, match.start(1), match.end(1)
    for pattern in (_HONORIFIC, _SAN):
        if len(raw) == len(text):
            for match in pattern.finditer(raw):
                yield Kind.PERSON, match.start(1), match.end(1)
    for key in people:
        yield from _named(text, raw, key, own)
        yield from _beside(text, raw, key)


def _numbers(text: str) -> Iterator[tuple[Kind, int, int]]:
    for pattern in (_PHONE, _PHONE_WORD, _TEL_URI):
        for match in pattern.finditer(text):
            group = 1 if pattern.groups else 0
            start, end = match.span(group)
            digits = sum(char.isdigit() for char in text[start:end])
            if not 7 <= digits <= 15:
                continue
            if pattern is _PHONE and not _is_number(text[start:end]):
                continue
            yield Kind.PHONE, start, end


def _is_number(text: str) -> bool:
    written = "+" + text[2:] if text.startswith("00") else text
    try:
        number = phonenumbers.parse(written, None)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_possible_number(number)


def is_name(text: str) -> bool:
    """Whether a folded value, alone in its field, reads as a name."""
    match = _NAME.fullmatch(text.strip(" .\"'"))
    return match is not None and not any(
        part in _NOT_NAMES for part in re.split(r"[ ,\\\u00a0]+", match[1])
    )


def _named(text: str, raw: str, key: Key, own: Collection[str]) -> Iterator[tuple[Kind, int, int]]:
    """The names behind a word that announces them, one after another in a list."""
    at = _value_at(text, key)
    if at is None or (
        key.word == "name" and _IN_TAG.search(text, max(0, key.start - 80), key.start)
    ):
        return
    colon = ":" if text[at - 1 : at] in ":=|" or ":" in text[key.stop : at] else ""
    limit = min(len(text), at + _PEOPLE_AFTER)
    for _ in range(30):
        match = _NAME.match(text, at, limit)
        if match is None:
            return
        name = match[1].rstrip(" .,'’")
        start = match.start(1)
        parts = re.split(r"[ ,\\\u00a0]+", name)
        for number, part in enumerate(parts):
            if number and part in _BREAK:
                name = name[: name.index(" " + part)]
                parts = parts[:number]
                break
        after = text[start + len(name) : start + len(name) + 2]
        if any(part in _NOT_NAMES for part in parts) or after[:1] in ("(", "=", "/", "$"):
            return
        if name in own:
            yield Kind.ROOM_ACCOUNT, start, start + len(name)
        elif name_roles(name)[0] and key.stop - key.start == 4:
            return  # name="subject" names a field
        elif not after.startswith("@") and (not colon or after[:1] != colon):
            yield Kind.PERSON, start, start + len(name)
        more = _LIST.match(text, start + len(name))
        if more is None:
            return
        at = more.end()
        if raw[at : at + 1].islower():
            return  # the sentence goes on, not the list
        limit = min(len(text), at + _PEOPLE_AFTER)


def _beside(text: str, raw: str, key: Key) -> Iterator[tuple[Kind, int, int]]:
    """A name right behind the word, without a sign between: two words with capitals."""
    match = _BESIDE.match(raw, key.stop) if len(raw) == len(text) else None
    if match and not _NOT_NAMES & set(text[match.start(1) : match.end(1)].split()):
        yield Kind.PERSON, match.start(1), match.end(1)


def _value_at(text: str, key: Key) -> int | None:
    sign = _SIGN.match(text, key.stop)
    if sign is not None:
        return sign.end()
    if text[key.start : key.stop].endswith(_PHRASES):
        phrase = _PHRASE.match(text, key.stop)
        return phrase.end() if phrase else None
    return None


def edits(folded: View, raw: str, people: Collection[Key], own: Collection[str]) -> Iterator[Edit]:
    """The same as masks of the text that the reading was made from."""
    for kind, start, end in persons(folded, raw, people, own):
        yield Edit(folded.place(start), folded.place(end), kind)
