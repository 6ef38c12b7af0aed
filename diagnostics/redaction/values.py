"""Tells values that say nothing about a meeting or a person (numbers, states, marks of what was
redacted before) from values that may, and finds where an unmarked value ends."""

from __future__ import annotations

import re

from diagnostics.redaction.findings import MARK, Kind
from diagnostics.redaction.words import Context

_NUMBER = (
    r"[-+]?\d[\d.,]*(?:\s*(?:bytes?|octets?|[kmg]i?b|b|chars?|characters|items?|ms|s|sec|min|%))?"
)
_GUID = r"\{?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\}?"
_CLOCK = r"\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?"
_TIME = rf"\d{{4}}-\d{{2}}-\d{{2}}(?:[t ]{_CLOCK}(?:z|[+-]\d{{2}}:?\d{{2}})?)?|{_CLOCK}"
_HEX = r"0x[0-9a-f]{1,16}|[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}"
_LOCALE = r"[a-z]{2}-[a-z]{2}"
STATES = frozenset(
    "true false null none nil undefined unknown n/a na yes no on off enabled disabled healthy"
    " unhealthy ok pass passed fail failed failure success succeeded started stopped ended starting"
    " stopping connected disconnected connecting connection ready running idle active inactive"
    " available unavailable loaded unloaded initialized initialised initializing empty missing"
    " absent present pending complete completed cancelled canceled busy tentative accepted declined"
    " private hidden open opened closed joined left received sent delivered read unread html text"
    " json xml plain default normal low high in progress not set configured supported allowed"
    " required applicable found created updated deleted removed skipped changed unchanged loading"
    " service module client window view pane panel is was has be been error timeout policy"
    " aktiviert deaktiviert ein aus an verbunden getrennt bereit active desactive connecte pret"
    " activado desactivado conectado desconectado listo ingeschakeld uitgeschakeld uit gereed aan"
    " 有効 無効 オン オフ 接続済み 開始 停止 启用 禁用 开 关 已开启 已关闭 已连接 啟用 停用"
    " ms sec seconds min of after with by for to at the and now already not never again retry"
    " language level state status type count size length version notapplicable".split()
)
# What a subject, a body or a card field may be without saying anything.
BLANKS = frozenset(
    "true false null none nil undefined unknown n/a na empty missing hidden html text json xml"
    " required not set kein keine keiner leer aucun aucune vide ninguno ninguna sin vacio geen leeg"
    " なし 無し 空 无 無 空白".split()
)
_STATE = r"[^\W_]{1,20}(?:[ .\-_/]{1,2}[^\W_]{1,20}){0,7}[.!]?"
_HIDDEN = r"(?:redacted|removed|masked|scrubbed|hidden|pii|private|empty|null|none|vide)"
_WHAT = r"(?:subject|body|title|name|text|content|value|meeting|pii|by policy|on device)"
_REDACTED = (
    rf"[*x#•.\-_]{{1,}}|{_HIDDEN}"
    rf"|[\[<({{]{{1,2}}\s*(?:{_WHAT}[:_ ])?{_HIDDEN}(?:[:_ ]{_WHAT})?\s*[\])>}}]{{1,2}}"
)
_BYTES = (
    r"\d[\d.,]*\s*(?:bytes?|octets?|[kmg]i?b|chars|characters)"
    r"(?:\s+(?:received|sent|read|written|total|compressed|in\s+\d+\s*ms)){0,3}"
)
_MACHINE = re.compile(
    rf"(?:{_NUMBER}|{_GUID}|{_TIME}|{_HEX}|{_LOCALE}|{_REDACTED}|{_BYTES}|\(?\d+\)?)",
)
_STATE_ONLY = re.compile(_STATE)
_DN = re.compile(r"""["']?(?:cn|o|ou|dc|c|l|st|e|serialnumber|oid\.[\d.]+)\s*=\s*[^=\n]{1,120}""")
_PARTS = re.compile(r"[ .\-_/]+")
_PAIRS = re.compile(
    r"(?:null|none|nil|\"\"|'')"
    r"(?:[\s,;]+(?:subject|body|title|organizer|location|chat|start|end|topic|betreff|objet|asunto|onderwerp)\s*[=:]\s*(?:null|none|nil|\"\"|''|\d{1,9}))*"
)
_AFTER_QUOTE = re.compile(
    r"""["'`»」』”](?:[ ,.]{1,2}(?:started|starts|ended|ends|begins|joined|left|cancelled|canceled
    |updated|created|deleted|removed|added|loaded|failed|now|in|at|on|for|after|is|was|has|been|min|minutes
    |ms|s|sec|seconds|\d{1,4}(?::\d{2}){0,2})){0,8}[.!]?\s*""",
    re.VERBOSE,
)
_HOST = re.compile(
    r"(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:$|[,;]\s*(?:issuer|thumbprint|valid|serial|dns)\b)"
)
_WRAP = "\"'`«»「」『』“”()[]{}<> \t\r\n,;"
_TAIL_KEY = (
    "id|meetingid|eventid|correlationid|requestid|activityid|sessionid|start|end|starttime|endtime"
    "|starts|ends|duration|durationms|status|state|result|count|size|length|elapsed|ms|code|hr"
    "|hresult|version|level|thread|pid|tid|time|timestamp|isonline|recurring|allday|lastmodified"
    "|isonlinemeeting|iscancelled|isprivate|sensitivity|showas|importance|type|seq|retry|attempt"
)
_TAIL = re.compile(
    rf"""\s*["']?(?:{_TAIL_KEY})["']?\s*[:=]\s*["']?(?P<value>{_NUMBER}|{_GUID}|{_TIME}|{_HEX}|[a-z]{{2,14}})["']?\s*[\]}})>]*\s*""",
)
_TAIL_PIECES = 40
_CLOSERS = " \t\r\n\"'`»」』”)]}>"
_MARK_AT_END = re.compile(rf"(?:{MARK.pattern})\Z")


def says_nothing(kind: Kind, value: str, about: frozenset[Context], *, prose: bool = False) -> bool:
    """Whether a folded value may stay although a key of this kind stands before it.

    `prose`: the key and the value are words of one sentence ("the subject is empty").
    """
    if MARK.fullmatch(value.strip(" \t\r\n\"'`»」』”)}>")):
        return True
    bare = value.strip(_WRAP)
    if not bare:
        return True
    if _PAIRS.fullmatch(bare):
        return True
    if len(bare) > 400:
        return False
    if kind is Kind.CARD and any(char.isdigit() for char in bare):
        return bool(re.fullmatch(_REDACTED, bare))
    if _MACHINE.fullmatch(bare) or re.fullmatch(_REDACTED, value.strip()):
        return True
    if _STATE_ONLY.fullmatch(bare):
        states = STATES if prose or kind in (Kind.CHAT, Kind.TRANSCRIPT) else BLANKS
        if all(part in states for part in _PARTS.split(bare.rstrip(".!")) if not part.isdecimal()):
            return True
    if kind is Kind.SUBJECT:
        if Context.CERTIFICATE in about and _HOST.match(bare):
            return True
        return bool(_DN.match(bare)) and (
            "cn=" in bare.replace(" ", "") or Context.CERTIFICATE in about
        )
    return False


def value_end(folded: str, start: int, end: int) -> int:
    """Where a value without clear marks ends: at `end`, less pairs that hold only machine words.

    What is kept is a closed grammar (`; id=4, status=ended`), so no text can hide in it.
    """
    stop = end
    for _ in range(_TAIL_PIECES):
        cut = max(folded.rfind(mark, start, stop) for mark in ";,|&")
        if cut < 0:
            break
        pair = _TAIL.fullmatch(folded, cut + 1, stop)
        if pair is None or (pair["value"].isalpha() and pair["value"] not in STATES):
            break
        stop = cut
    last = max(folded.rfind(mark, start + 1, stop) for mark in "\"'`»」』”")
    if last > start and _AFTER_QUOTE.fullmatch(folded, last, stop):
        return last
    while stop > start and folded[stop - 1] in _CLOSERS:
        if folded[stop - 1] == "]" and _MARK_AT_END.search(folded, max(start, stop - 40), stop):
            break
        stop -= 1
    return stop
