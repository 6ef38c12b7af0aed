"""The guard is as good as docs/redaction.md says, and as good as it has to be."""

from __future__ import annotations

import pytest

from diagnostics.redaction import NEVER, Kind
from tests.diagnostics.redaction import corpus, report


@pytest.mark.parametrize("kind", sorted(NEVER))
def test_what_is_never_collected_is_found(kind: Kind) -> None:
    tuned, _ = report.figures()
    assert tuned.planted[kind] >= 50
    missed = [one for one in tuned.missed if one[1] == kind]
    assert tuned.recall(kind) >= 0.99, missed[:3]


@pytest.mark.parametrize("kind", sorted(Kind))
def test_what_is_found_was_there(kind: Kind) -> None:
    tuned, _ = report.figures()
    wrong = [one for one in tuned.wrong if one[1] == kind]
    assert tuned.precision(kind) >= 0.95, wrong[:3]


@pytest.mark.parametrize("kind", sorted(set(Kind) - NEVER))
def test_persons_are_masked(kind: Kind) -> None:
    tuned, _ = report.figures()
    missed = [one for one in tuned.missed if one[1] == kind]
    assert tuned.recall(kind) >= 0.95, missed[:3]


def test_every_language_holds_the_line() -> None:
    tuned, _ = report.figures()
    for speech in report.LANGUAGES:
        for kind in NEVER:
            gone = tuned.by_language[speech.code, kind, True]
            left = tuned.by_language[speech.code, kind, False]
            assert gone >= 0.99 * (gone + left) > 0, (speech.name, kind)


def test_little_harmless_text_goes_with_it() -> None:
    tuned, held = report.figures()
    assert tuned.lost_chars < 0.1 * tuned.harmless_chars
    assert held.lost_chars < 0.15 * held.harmless_chars


def test_corpus_is_the_same_each_time() -> None:
    assert list(corpus.kept_back()) == list(corpus.kept_back())


def test_page_says_what_the_code_gives() -> None:
    assert report.PAGE.read_text(encoding="utf-8") == report.page(), (
        "run: python -m tests.diagnostics.redaction.report"
    )
