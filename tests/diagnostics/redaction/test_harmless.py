"""The quick look never says yes to a text in which the guard finds something."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnostics.redaction.guard import about_source, finds_nothing
from diagnostics.redaction.harmless import harmless, invites
from diagnostics.redaction.words import ABOUT, PEOPLE, SURE, Context
from tests.diagnostics.redaction import corpus

QUIET = (
    "frame 48 drawn in 14 ms",
    "The name teams.microsoft.com could not be found.",
    "eventLoop: tick 48, lag 2 ms",
    "Status 0x0384",
    "The service Windows Update is now running.",
    "{28a84a29-eccd-e9c8-95c8-fa0ef7eda9bb}",
)
SOURCES = ("", "System", "chat.log", "Calendar", "transcript")
WORDS = [
    word
    for group in (*SURE.values(), *ABOUT.values(), PEOPLE)
    for word in group.split("|")
    if word.isascii()
]
SIGNS = [": ", "=", " ", '="', "|", "-", " -- ", "\x1e", "%41", "&#65;", "\\u0041", "=41", "+49 "]
PIECES = st.one_of(
    st.sampled_from(WORDS),
    st.sampled_from(SIGNS),
    st.sampled_from(["Jane Doe", "j@contoso.com", "0049561123456", "Mr Doe", "S-1-5-21-1-2-3-4"]),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12),
    st.binary(min_size=12, max_size=40).map(lambda raw: base64.b64encode(raw).decode()),
    st.binary(min_size=12, max_size=40).map(bytes.hex),
)


def together(texts: list[str], about: frozenset[Context]) -> Iterator[tuple[str, bool]]:
    """What is said of each of them when they are looked at between quiet ones."""
    mixed = [one for text in texts for one in (QUIET[0], text)]
    return zip(texts, harmless(mixed, about)[1::2], strict=True)


@pytest.mark.parametrize("source", SOURCES)
def test_nothing_of_the_corpus_is_taken_for_harmless(source: str) -> None:
    about = about_source(source)
    texts = [one.text for one in corpus.kept_back()]
    wrong = [
        text for text, told in together(texts, about) if told and not finds_nothing(text, about)
    ]
    assert not wrong, wrong[:3]


def test_nothing_tuned_on_is_taken_for_harmless() -> None:
    texts = [one.text for one in corpus.tuned()]
    wrong = [
        text for text, told in together(texts, frozenset()) if told and not finds_nothing(text)
    ]
    assert not wrong, wrong[:3]


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(st.lists(PIECES, max_size=6).map("".join), max_size=6), st.sampled_from(SOURCES))
def test_harmless_is_only_what_the_guard_leaves_as_it_is(texts: list[str], source: str) -> None:
    about = about_source(source)
    for text, told in together(texts, about):
        assert not told or finds_nothing(text, about)


def test_ordinary_lines_are_seen_to_be_harmless() -> None:
    assert harmless(QUIET) == [True] * len(QUIET)


def test_one_text_does_not_spoil_the_next() -> None:
    assert harmless([QUIET[0], "Subject: Layoffs in Kassel", QUIET[1]]) == [True, False, True]


def test_more_texts_than_are_looked_at_at_once_keep_their_places() -> None:
    texts = [f"tick {number}" for number in range(1_500)]
    texts[700] = "signed in as jane.doe@contoso.com"
    assert [at for at, told in enumerate(harmless(texts)) if not told] == [700]


@pytest.mark.parametrize("text", ["zwei\nZeilen", "größer", "tab\there", "\x1e", "nul\0"])
def test_what_it_does_not_understand_it_does_not_clear(text: str) -> None:
    assert harmless([QUIET[0], text]) == [True, False]


def test_invitation_in_two_pieces_is_seen() -> None:
    assert invites(["Click here to join", " the meeting"])
    assert not invites(["Click here", "to leave"])


def test_written_name_in_a_block_is_looked_into() -> None:
    block = base64.b64encode(b"Subject: Layoffs in Kassel").decode()
    assert harmless([f"payload {block}"]) == [False]
