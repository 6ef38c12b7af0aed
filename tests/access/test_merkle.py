"""The tree, against the roots and proofs published with RFC 6962's reference implementation."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.audit.merkle import (
    EMPTY_ROOT,
    BrokenProof,
    Peaks,
    check_consistency,
    check_inclusion,
    consistency_ranges,
    inclusion_ranges,
    leaf_hash,
    node_hash,
    proof,
    root_of,
)

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


# -- Proofs ---------------------------------------------------------------------------------------

# Hashes of subtrees over the inputs above, as the published proofs contain them.
L0 = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
L1 = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
L4 = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
L6 = "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f"
L01 = "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
L23 = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
L45 = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
L67 = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
L03 = "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"
L47 = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
INCLUSION = [(0, 1, []), (0, 8, [L1, L23, L47]), (5, 8, [L4, L67, L03]), (2, 3, [L01])]
INCLUSION += [(1, 5, [L0, L23, L4])]
CONSISTENCY = [(1, 1, []), (1, 8, [L1, L23, L47]), (6, 8, [L45, L67, L03]), (2, 5, [L23, L4])]
CONSISTENCY += [(6, 7, [L45, L6, L03])]
LEAVES = [leaf_hash(content) for content in INPUTS]


def node_over(leaves: list[bytes]):
    """Hashes of perfect subtrees, by the definition."""
    return lambda height, at: plain_root(leaves[at << height : (at + 1) << height])


def steps(words: list[str]) -> list[bytes]:
    return [bytes.fromhex(word) for word in words]


def root_after(size: int) -> bytes:
    return bytes.fromhex(ROOTS[size - 1])


@pytest.mark.parametrize(("index", "size", "published"), INCLUSION)
def test_inclusion_proof_is_the_published_one(index, size, published):
    made = proof(inclusion_ranges(index, size), node_over(LEAVES))
    assert made == steps(published)
    check_inclusion(index, size, LEAVES[index], made, root_after(size))


@pytest.mark.parametrize(("old", "new", "published"), CONSISTENCY)
def test_consistency_proof_is_the_published_one(old, new, published):
    made = proof(consistency_ranges(old, new), node_over(LEAVES))
    assert made == steps(published)
    check_consistency(old, new, root_after(old), root_after(new), made)


def spoiled(path: list[bytes]) -> list[list[bytes]]:
    """A proof shortened, lengthened, turned and with bits flipped, as the published probes do."""
    junk = hashlib.sha256(b"junk").digest()
    found = [[*path, junk], [junk, *path], [*path, b""], [b"", *path], [*path, junk[:31]]]
    for at, one in enumerate(path):
        flipped = bytes([one[0] ^ 1]) + one[1:]
        found += [[*path[:at], flipped, *path[at + 1 :]], path[:at] + path[at + 1 :]]
    return found + [path[::-1]] * (len(set(path)) > 1)


@pytest.mark.parametrize(("index", "size", "published"), INCLUSION)
def test_spoiled_inclusion_proof_is_refused(index, size, published):
    leaf, root, path = LEAVES[index], root_after(size), steps(published)
    for bad in spoiled(path):
        with pytest.raises(BrokenProof):
            check_inclusion(index, size, leaf, bad, root)
    for at, of in ((index ^ 2, size), (index + 1, size), (index - 1, size), (index, size * 2)):
        with pytest.raises(BrokenProof):
            check_inclusion(at, of, leaf, path, root)
    for other in (node_hash(leaf, leaf), b""):
        with pytest.raises(BrokenProof):
            check_inclusion(index, size, other, path, root)
        with pytest.raises(BrokenProof):
            check_inclusion(index, size, leaf, path, other)


@pytest.mark.parametrize(("old", "new", "published"), CONSISTENCY)
def test_spoiled_consistency_proof_is_refused(old, new, published):
    first, second, path = root_after(old), root_after(new), steps(published)
    for bad in spoiled(path):
        with pytest.raises(BrokenProof):
            check_consistency(old, new, first, second, bad)
    for one, two in ((0, new), (old, old - 1), (old ^ 2, new), (old, new * 2), (new + 1, new)):
        with pytest.raises(BrokenProof):
            check_consistency(one, two, first, second, path)
    junk = hashlib.sha256(b"junk").digest()
    for one, two in ((junk, second), (first, junk), *([(second, first)] if old != new else [])):
        with pytest.raises(BrokenProof):
            check_consistency(old, new, one, two, path)


def test_proof_about_the_empty_tree_is_refused():
    for root in (EMPTY_ROOT, LEAVES[0]):
        with pytest.raises(BrokenProof):
            check_consistency(0, 1, EMPTY_ROOT, root, [])
        with pytest.raises(BrokenProof):
            check_inclusion(0, 0, LEAVES[0], [], root)


@given(st.data(), st.integers(1, 70))
def test_any_proof_of_any_tree_holds(data, size):
    leaves = [leaf_hash(bytes([at])) for at in range(size)]
    node, root = node_over(leaves), plain_root(leaves)
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    check_inclusion(index, size, leaves[index], proof(inclusion_ranges(index, size), node), root)
    path = proof(consistency_ranges(old, size), node)
    check_consistency(old, size, plain_root(leaves[:old]), root, path)
    assert root_of(old, node) == plain_root(leaves[:old])
