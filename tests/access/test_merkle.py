"""The tree, against the roots published with RFC 6962's reference implementation."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from access.merkle import Peaks, leaf_hash, node_hash

# The eight inputs of the reference implementation, and the root after each of them.
INPUTS = [
    b"",
    bytes.fromhex("00"),
    bytes.fromhex("10"),
    bytes.fromhex("2021"),
    bytes.fromhex("3031"),
    bytes.fromhex("40414243"),
    bytes.fromhex("5051525354555657"),
    bytes.fromhex("606162636465666768696a6b6c6d6e6f"),
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def plain_root(hashes: list[bytes]) -> bytes:
    """The definition of RFC 6962, section 2.1, word for word: split at the largest power of two."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return node_hash(plain_root(hashes[:split]), plain_root(hashes[split:]))


def test_published_roots():
    peaks = Peaks()
    for content, root in zip(INPUTS, ROOTS, strict=True):
        peaks = peaks.append([leaf_hash(content)])
        assert peaks.root().hex() == root


def test_empty_tree():
    assert Peaks().root() == hashlib.sha256(b"").digest()


@given(st.lists(st.lists(st.binary(max_size=8), max_size=9), max_size=8))
def test_batches_give_the_same_root_as_the_definition(batches):
    peaks = Peaks()
    for batch in batches:
        peaks = peaks.append(map(leaf_hash, batch))
    flat = [leaf_hash(content) for batch in batches for content in batch]
    assert peaks.size == len(flat)
    assert peaks.root() == plain_root(flat)
