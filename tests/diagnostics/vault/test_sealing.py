"""A sealed value opens at its own place only, and every refusal sounds the same."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnostics.vault.sealing import OVERHEAD, CannotOpen, Key, Place, key_id_of
from diagnostics.vault.words import WordHasher, normal, word_hash

HERE = Place("eu", uuid.UUID(int=1), "diagnostics_logentry", "content")
ROW = uuid.UUID(int=7)


@given(text=st.binary(max_size=300))
def test_opens_where_it_was_sealed(text: bytes) -> None:
    key = Key.make()
    sealed = key.seal(text, HERE, ROW)
    assert key.open(sealed, HERE, ROW) == text
    assert len(sealed) == len(text) + OVERHEAD
    assert key_id_of(sealed) == key.id
    assert len(text) < 8 or text not in sealed  # a few bytes may turn up by chance


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"region": "us"},
        {"tenant": uuid.UUID(int=2)},
        {"table": "diagnostics_logmask"},
        {"column": "raw"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_another_place_does_not_open(elsewhere: dict[str, object]) -> None:
    key = Key.make()
    sealed = key.seal(b"front display", HERE, ROW)
    with pytest.raises(CannotOpen):
        key.open(sealed, dataclasses.replace(HERE, **elsewhere), ROW)


def test_another_row_does_not_open() -> None:
    key = Key.make()
    with pytest.raises(CannotOpen):
        key.open(key.seal(b"front display", HERE, ROW), HERE, uuid.UUID(int=8))


def test_another_key_under_the_same_id_does_not_open() -> None:
    one = Key.make()
    with pytest.raises(CannotOpen):
        Key.make(one.id).open(one.seal(b"x", HERE, ROW), HERE, ROW)


def test_the_same_key_under_another_id_does_not_open() -> None:
    one = Key.make()
    with pytest.raises(CannotOpen):
        Key(uuid.uuid4(), one.secret_to_wrap()).open(one.seal(b"x", HERE, ROW), HERE, ROW)


def test_every_changed_bit_and_every_cut_is_refused_in_the_same_words() -> None:
    key = Key.make()
    sealed = key.seal(b"front display", HERE, ROW)
    bits = [
        sealed[: bit // 8] + bytes([sealed[bit // 8] ^ (1 << bit % 8)]) + sealed[bit // 8 + 1 :]
        for bit in range(len(sealed) * 8)
    ]
    cuts = [sealed[:end] for end in range(len(sealed))]
    said = set()
    for changed in (*bits, *cuts, sealed + b"\0", b"\xff" * 200):
        with pytest.raises(CannotOpen) as refused:
            key.open(changed, HERE, ROW)
        said.add((str(refused.value), refused.value.__cause__, refused.value.__suppress_context__))
    assert {words for words, _, _ in said} == {"This cannot be opened."}
    assert {cause for _, cause, _ in said} == {None}


def test_equal_texts_seal_differently() -> None:
    key = Key.make()
    assert len({key.seal(b"same", HERE, ROW) for _ in range(100)}) == 100


def test_a_key_shows_itself_to_nobody() -> None:
    key = Key.make()
    assert key.secret_to_wrap().hex() not in repr(key)
    for leave in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            leave(key)


def test_what_is_no_sealed_value_names_no_key() -> None:
    for value in (b"", b"\1" * 40, b"\2" * 200):
        with pytest.raises(CannotOpen):
            key_id_of(value)


@pytest.mark.parametrize("word", ["", "a|b"])
def test_a_place_without_a_clear_spelling_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match="place"):
        Place("eu", uuid.UUID(int=1), word, "content")
    with pytest.raises(ValueError, match="row"):
        HERE.additional(word, uuid.UUID(int=3))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Café", "CAFE\u0301"),
        ("\uff28\uff24\uff2d\uff29", "hdmi"),
        ("Straße", "STRASSE"),
        ("ﬁle", "FILE"),
    ],
)
def test_spellings_of_one_word_have_one_hash(one: str, other: str) -> None:
    key = Key.make()
    assert normal(one) == normal(other)
    assert word_hash(key, one) == word_hash(key, other)


def test_hashes_tell_words_and_tenants_apart() -> None:
    one, other = WordHasher(Key.make()), WordHasher(Key.make())
    hashes = {one(f"word {number}") for number in range(10_000)}
    assert len(hashes) == 10_000
    assert {len(found) for found in hashes} == {8}
    assert one("hdmi") != other("hdmi")
