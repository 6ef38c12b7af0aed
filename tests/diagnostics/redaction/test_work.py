"""A hostile text of one long line is judged or refused with work that grows as its length does: what
grows faster would not end within the time that pytest gives."""

from __future__ import annotations

from contextlib import suppress

import pytest

from diagnostics.redaction import CannotJudge, cut, limits

SIZE = 250_000
HOSTILE = {
    "braces": "{" * SIZE,
    "brackets": '["' * (SIZE // 2),
    "keys of objects": '{"subject":' * (SIZE // 11),
    "quotes": 'subject="' * (SIZE // 9),
    "keys": "subject " * (SIZE // 8),
    "split keys": "s.u.b.j.e.c.t." * (SIZE // 14),
    "tags": "<subject>" * (SIZE // 9),
    "attributes": "<a " + 'subject="x" ' * (SIZE // 12),
    "open tags": "<" * SIZE,
    "percent": "%41" * (SIZE // 3),
    "percent signs": "%" * SIZE,
    "entities": "&#65;" * (SIZE // 5),
    "ampersands": "&" * SIZE,
    "backslashes": "\\" * SIZE,
    "escapes": "\\u0073" * (SIZE // 6),
    "base64": "QUJD" * (SIZE // 4),
    "short base64": "U3ViamVjdDogQm9hcmQ= " * (SIZE // 21),
    "hex": "ff d8 " * (SIZE // 6),
    "at signs": "a@" * (SIZE // 2),
    "dots of mail": "a@" + "b." * (SIZE // 2),
    "letters": "a" * SIZE,
    "digits": "+" + "1 " * (SIZE // 2),
    "numbers": "+49 " * (SIZE // 4),
    "spaces": "subject" + " " * SIZE,
    "marks": "[cut: meeting subject]" * (SIZE // 22),
    "pairs": "subject: x" + ";id=1" * (SIZE // 5),
    "names": "organizer: " + "Jane Doe; " * (SIZE // 10),
    "folders": "c:\\users\\" * (SIZE // 9),
    "cues": "00:00:01.000 --> " * (SIZE // 17),
    "cue lines": "00:00:01.000 --> 00:00:02.000\n" * (SIZE // 30),
    "cards": "BEGIN:VCARD " * (SIZE // 12),
    "properties": "BEGIN:VEVENT\n" + "SUMMARY:x\n" * (SIZE // 10),
    "wide letters": "ｓ" * (SIZE // 2),
    "combining": "s" + "\u0301" * (SIZE // 2),
    "ideographs": "件" * (SIZE // 2),
    "subjects in ideographs": "件名：" * (SIZE // 6),
    "lines": "subject:\n" * (SIZE // 9),
    "heads": "2022-06-14 09:12:33.123 [INFO] x\n" * (SIZE // 33),
    "quoted-printable": "=73" * (SIZE // 3),
    "pluses": '" + ' * (SIZE // 4),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_line_is_judged_or_refused(name: str) -> None:
    text = HOSTILE[name]
    assert len(text) <= limits.LINE_CHARS
    with suppress(CannotJudge):
        cut(text)
