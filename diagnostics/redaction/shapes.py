"""Knows whole blocks by their shape, without a key: calendar entries, contact cards, transcripts
with times, mails, and the text that Teams writes into every invitation."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ahocorasick_rs import AhoCorasick

from diagnostics.redaction.edits import Edit
from diagnostics.redaction.findings import Kind
from diagnostics.redaction.spelling import View, fold, word
from diagnostics.redaction.values import says_nothing

# What stands in invitations and nowhere else, as Teams writes it in the seven languages.
_INVITES = AhoCorasick(
    [
        word(phrase)
        for phrase in (
            "click here to join the meeting",
            "join on your computer",
            "join the meeting now",
            "or call in (audio only)",
            "hier klicken, um an der Besprechung teilzunehmen",
            "nehmen Sie auf Ihrem Computer",
            "an der besprechung teilnehmen per",
            "cliquez ici pour rejoindre la réunion",
            "cliquez ici pour participer à la réunion",
            "participez à partir de votre ordinateur",
            "haga clic aquí para unirse a la reunión",
            "únase a través de su PC",
            "únase desde su equipo",
            "klik hier om deel te nemen aan de vergadering",
            "deelnemen op uw computer",
            "neem deel vanaf uw computer",
            "ここをクリックして会議に参加",
            "会議に参加するにはここをクリック",
            "コンピューター、モバイル アプリ",
            "单击此处加入会议",
            "点击此处加入会议",
            "在计算机、移动应用",
        )
    ]
)
_CALENDAR = re.compile(
    r"^[ \t]*(?:begin:v(?:calendar|event|todo|journal)|dtstart[;:])", re.MULTILINE
)
_PROPERTY = re.compile(
    r"^[ \t]*(?P<name>summary|description|comment|x-alt-desc|contact|location"
    r"|x-microsoft-[\w\-]*(?:text|desc\w*)|x-ms-olk-[\w\-]*subject)(?:;(?:[^:\"\n]|\"[^\"\n]*\")*)?:"
    r"(?P<value>[^\n]*(?:\n(?:[ \t][^\n]*|(?![ \t]*[a-z][a-z0-9\-]{1,40}[;:])[^\n]*))*)",
    re.MULTILINE,
)
_NAME_PARAM = re.compile(r";cn=(\"[^\"\n]*\"|[^;:\"\n]*)")
_CARD = re.compile(r"begin:vcard.*?(?:end:vcard|\Z)", re.DOTALL)
_CUE_TIME = r"(?:\d{1,2}:)?\d{1,2}:\d{2}[.,]\d{2,3}"
_CUE = re.compile(
    rf"^[^\n]{{0,40}}?{_CUE_TIME}[ \t]*-->[ \t]*{_CUE_TIME}[^\n]*",
    re.MULTILINE,
)
_CUE_NUMBER = re.compile(r"\s*(?:[0-9a-f\-/]{1,50})?\s*\Z")
_VOICE = re.compile(r"<v(?:\.[\w.]+)? [^<>\n]{1,80}>(?P<said>[^<\n]*)")
_MAIL = re.compile(
    r"(?:^|[>\"'=;\s])(?:mime-version|message-id|content-transfer-encoding|thread-topic|thread-index|received"
    r"|return-path|in-reply-to|x-ms-[\w\-]+):",
    re.MULTILINE,
)
_MAIL_PEOPLE = re.compile(r"(?:^|[>\"'=;\s])(?:subject|from|to):", re.MULTILINE)
_BLANK = re.compile(r"\r?\n[ \t]*\r?\n")
_CONTENT = {"summary": Kind.SUBJECT, "contact": Kind.CARD}
_DATA_URI = re.compile(
    r"data:(?:image|audio|video|application/pdf)[\w/.+\-]*(?:;[\w=.\-]+)*,[^\s\"'<>)]*"
)


def invites(squeezed: str) -> bool:
    """Whether the letters of a text hold what only invitations say."""
    return bool(_INVITES.find_matches_as_indexes(squeezed))


def invitations(squeezed: str) -> Iterator[int]:
    """Where in the letters of texts something stands that only invitations say."""
    for _, begin, _ in _INVITES.find_matches_as_indexes(squeezed):
        yield begin


def shaped(folded: str) -> bool:
    """Whether a text may hold one of the blocks: cheap, asked of every text."""
    return (
        "begin:v" in folded
        or "dtstart" in folded
        or "-->" in folded
        or "<v" in folded
        or "data:" in folded
        or ("\n" in folded and _MAIL.search(folded) is not None)
    )


def edits(reading: View) -> Iterator[Edit]:
    """Cuts and masks of every block that a reading of a text holds."""
    view = fold(reading)
    folded = view.text.replace("\r", " ") if "\r" in view.text else view.text
    for kind, start, end in _spans(folded):
        while start < end and folded[start] in " \t\n":
            start += 1
        while end > start and folded[end - 1] in " \t\n":
            end -= 1
        if start < end:
            yield Edit(view.place(start), view.place(end), kind)


def _spans(folded: str) -> Iterator[tuple[Kind, int, int]]:
    for card in _CARD.finditer(folded):
        yield Kind.CARD, card.start(), card.end()
    for uri in _DATA_URI.finditer(folded):
        yield Kind.MEDIA, uri.start(), uri.end()
    if _CALENDAR.search(folded):
        for found in _PROPERTY.finditer(folded):
            kind = _CONTENT.get(found["name"], Kind.BODY)
            if found["name"] != "location" and not says_nothing(kind, found["value"], frozenset()):
                yield kind, found.start("value"), found.end("value")
        for name in _NAME_PARAM.finditer(folded):
            yield Kind.PERSON, name.start(1), name.end(1)
    yield from _cues(folded)
    head = _MAIL.search(folded)
    blank = _BLANK.search(folded, head.end()) if head else None
    if head and blank and _MAIL_PEOPLE.search(folded):
        body = folded[blank.end() :]
        if not says_nothing(Kind.BODY, body, frozenset()):
            yield Kind.BODY, blank.end(), len(folded)


def _cues(folded: str) -> Iterator[tuple[Kind, int, int]]:
    if "-->" in folded:
        cues = list(_CUE.finditer(folded))
        for cue, after in zip(cues, [*cues[1:], None], strict=False):
            end = after.start() if after else len(folded)
            number = folded.rfind("\n", cue.end(), end - 1 if after else end)
            if after and number >= 0 and _CUE_NUMBER.fullmatch(folded, number, end):
                end = number
            if not says_nothing(Kind.TRANSCRIPT, folded[cue.end() : end], frozenset()):
                yield Kind.TRANSCRIPT, cue.end(), end
    for voice in _VOICE.finditer(folded):
        if not says_nothing(Kind.TRANSCRIPT, voice["said"], frozenset()):
            yield Kind.TRANSCRIPT, voice.start("said"), voice.end("said")
