"""Makes the labelled corpus: log lines in seven languages with planted meetings and persons, in all
the writings that a line may come in, from a seed; the same seed gives the same lines."""

from __future__ import annotations

import base64
import gzip
import html
import json
import random
import re
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from diagnostics.redaction import Kind
from tests.diagnostics.redaction import held_out, seen_first, seen_second, templates
from tests.diagnostics.redaction.speech import LANGUAGES, Speech, words_for

TUNED_SEED, HELD_OUT_SEED = 20221, 77003
OWN = "room@contoso.com"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(40))
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(range(60))
KINDS = {
    "S": Kind.SUBJECT, "B": Kind.BODY, "B1": Kind.BODY, "C": Kind.CHAT, "T": Kind.TRANSCRIPT,
    "J": Kind.CARD, "P": Kind.PERSON, "M": Kind.EMAIL, "N": Kind.PHONE, "K": Kind.CARD, "R": Kind.ROOM_ACCOUNT, "U": Kind.USER_ID,
    "L": Kind.PERSON, "G": Kind.MEDIA, "H": Kind.MEDIA, "SQ": Kind.SUBJECT,
}  # fmt: skip
_HOLE = re.compile(r"\{(S|SQ|B|B1|C|T|J|P|M|N|K|R|U|L|G|H|V|VQ)\}|\{\{|\}\}")
_LOOKS_LIKE = str.maketrans("aceopxyisjAEBCHKMOPTX", "асеорхуіѕјАЕВСНКМОРТХ")
_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


@dataclass(frozen=True)
class Label:
    """A planted text: its kind, where it stands, and what it is."""

    kind: Kind
    start: int
    end: int
    planted: str


@dataclass(frozen=True)
class Sample:
    """A text with its labels; `family` names the template and the writing."""

    text: str
    labels: tuple[Label, ...]
    language: str
    family: str


def _between(key: str, mark: str) -> str:
    return mark.join(key)


def _mixed(key: str) -> str:
    return "".join(char.upper() if at % 2 else char.lower() for at, char in enumerate(key))


SPELLINGS: dict[str, Callable[[str], str]] = {
    "plain": lambda key: key,
    "upper": str.upper,
    "lower": str.lower,
    "mixed case": _mixed,
    "spaced": lambda key: _between(key.replace(" ", ""), " "),
    "dotted": lambda key: _between(key.replace(" ", ""), "."),
    "zero-width": lambda key: _between(key, "\u200b"),
    "soft hyphen": lambda key: key[:2] + "\u00ad" + key[2:],
    "marks of direction": lambda key: "\u202e" + key[:2] + "\u200f" + key[2:] + "\u202c",
    "look-alikes": lambda key: key.translate(_LOOKS_LIKE),
    "full width": lambda key: key.translate(_WIDE),
    "accents": lambda key: _between(key, "\u0301"),
}
# These change what the text around must understand, so they are used in free lines only.
KEY_WRITINGS: dict[str, Callable[[str], str]] = {
    "percent": lambda key: "".join(f"%{byte:02X}" for byte in key.encode()),
    "entities": lambda key: "".join(f"&#{ord(char)};" for char in key),
    "escapes": lambda key: "".join(f"\\u{ord(char):04x}" for char in key),
    "split string": lambda key: f'{key[:2]}" + "{key[2:]}',
}
WRITINGS: dict[str, Callable[[str], str]] = {
    "JSON in a string": lambda text: json.dumps({"payload": text}, ensure_ascii=False),
    "JSON in JSON in a string": lambda text: json.dumps({"a": json.dumps({"b": text})}),
    "base64": lambda text: "data=" + base64.b64encode(text.encode()).decode(),
    "base64 of UTF-16": lambda text: "-enc " + base64.b64encode(text.encode("utf-16-le")).decode(),
    "base64 of gzip": lambda text: (
        "z " + base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()
    ),
    "percent": lambda text: "q=" + urllib.parse.quote(text),
    "percent twice": lambda text: "q=" + urllib.parse.quote(urllib.parse.quote(text)),
    "entities": lambda text: "<x>" + html.escape(text) + "</x>",
    "escapes": lambda text: (
        "s=" + "".join(f"\\u{ord(c):04x}" if ord(c) < 65536 else c for c in text)
    ),
    "hex": lambda text: "0x" + text.encode().hex(),
    "XML in a log line": lambda text: (
        f"2022-06-14 09:12:33.123 [INFO] got <x>{html.escape(text)}</x>"
    ),
}


class Maker:
    """Fills templates by its own dice."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)

    def value(self, hole: str, speech: Speech) -> str:
        dice = self.dice
        if hole == "M":
            return f"{dice.choice(['j.doe', 'harriet', 'sato_m', 'i-pena'])}{dice.randrange(90)}@{dice.choice(['contoso.com', 'fabrikam.co.uk', 'adatum.example'])}"
        if hole == "U":
            if dice.random() < 0.5:
                return f"S-1-5-21-{dice.randrange(10**9, 2 * 10**9)}-{dice.randrange(10**9)}-{dice.randrange(10**9)}-{dice.randrange(1001, 9999)}"
            return f"S-1-12-1-{dice.randrange(10**9)}-{dice.randrange(10**9)}-{dice.randrange(10**9)}-{dice.randrange(10**9)}"
        if hole == "L":
            return dice.choice(["hwinslow", "jweiss", "m.dijkstra"])
        if hole == "G":
            return base64.b64encode(dice.choice([PNG, JPEG]) + dice.randbytes(30)).decode()
        if hole == "H":
            return (dice.choice([PNG, JPEG]) + dice.randbytes(12)).hex(" ")
        if hole == "R":
            return OWN
        if hole == "K":
            return dice.choice(speech.phones)
        kind = KINDS["S" if hole == "SQ" else hole]
        chosen = dice.choice(words_for(kind, speech))
        return chosen.replace("\n", "\\n").replace(",", "\\,") if hole == "B1" else chosen

    def fill(self, template: str, speech: Speech, family: str, value: str = "") -> Sample:
        """A sample of a template; `value` is the hole that {V} stands for."""
        kind_of_text = "json" if "{{" in template else "xml" if "<" in template[:9] else ""
        parts: list[str] = []
        labels: list[Label] = []
        at = length = 0
        for match in _HOLE.finditer(template):
            parts.append(template[at : match.start()])
            at = match.end()
            length += len(parts[-1])
            hole = match[1]
            if hole is None:
                written = match.group()[0]
            else:
                real = value if hole in ("V", "VQ") else hole
                planted = self.value(real, speech)
                if hole == "V" and real != "B" and "\n" in planted:
                    planted = planted.replace("\n", " ")
                written = _written(planted, "url" if hole.endswith("Q") else kind_of_text)
                labels.append(Label(KINDS[real], length, length + len(written), planted))
            parts.append(written)
            length += len(written)
        parts.append(template[at:])
        return Sample("".join(parts), tuple(labels), speech.code, family)


def _written(planted: str, how: str) -> str:
    if how == "json":
        return json.dumps(planted, ensure_ascii=False)[1:-1]
    if how == "xml":
        return html.escape(planted)
    return urllib.parse.quote(planted) if how == "url" else planted


def rewritten(sample: Sample, name: str) -> Sample:
    """The whole sample in another writing; its labels span all of it."""
    text = WRITINGS[name](sample.text)
    labels = tuple(Label(one.kind, 0, len(text), one.planted) for one in sample.labels)
    return Sample(text, labels, sample.language, f"{sample.family} / {name}")


def tuned(seed: int = TUNED_SEED) -> Iterator[Sample]:
    """The part that the guard was bettered on."""
    maker = Maker(seed)
    for speech in LANGUAGES:
        for hole, keys in templates.KEYS[speech.code].items():
            for key in keys:
                yield from _keyed(maker, speech, hole, key)
        for number, template in enumerate(templates.GRAMMARS):
            for _ in range(3):
                sample = maker.fill(template, speech, f"grammar {number}")
                yield sample
            if "{G}" not in template and "{H}" not in template and "VCARD" not in template:
                yield rewritten(sample, maker.dice.choice(list(WRITINGS)))
    for seen in (seen_first, seen_second):
        yield from _plain(maker, seen.LOCAL, seen.GRAMMARS, seen.HARMLESS)
    for _ in range(3):
        for line in templates.HARMLESS:
            yield Sample(line, (), "", "harmless")


def _keyed(maker: Maker, speech: Speech, hole: str, key: str) -> Iterator[Sample]:
    dice = maker.dice
    for template in templates.AROUND:
        exact = "«X»" in template
        if exact and not (key.isascii() and " " not in key):
            continue
        spelling = "plain" if exact or len(key) < 4 else dice.choice(list(SPELLINGS))
        spelled = SPELLINGS[spelling](key)
        if "\\" not in template and dice.random() < 0.15 and "{{" not in template and not exact:
            spelling = dice.choice(list(KEY_WRITINGS))
            spelled = KEY_WRITINGS[spelling](key)
        text = template.replace("«K»", spelled).replace("«X»", spelled)
        sample = maker.fill(text, speech, f"{template[:24]}… / {spelling}", hole)
        yield sample
        if dice.random() < 0.3:
            yield rewritten(sample, dice.choice(list(WRITINGS)))


def kept_back(seed: int = HELD_OUT_SEED) -> Iterator[Sample]:
    """The held-out part."""
    yield from _plain(Maker(seed), held_out.LOCAL, held_out.GRAMMARS, held_out.HARMLESS)


def _plain(
    maker: Maker,
    local: dict[str, tuple[str, ...]],
    grammars: tuple[str, ...],
    harmless: tuple[str, ...],
) -> Iterator[Sample]:
    """Every template in every language, some of them in another writing."""
    writings = ["JSON in a string", "base64", "percent", "XML in a log line"]
    for speech in LANGUAGES:
        for template in (*local[speech.code], *grammars):
            for _ in range(4):
                yield (sample := maker.fill(template, speech, template[:40]))
            if "VCARD" not in template:
                yield rewritten(sample, maker.dice.choice(writings))
    for _ in range(4):
        for line in harmless:
            yield Sample(line, (), "", f"harmless: {line[:40]}")
