"""The verifier against the published examples of the formats, right ones and wrong ones.

merkle_vectors.json holds the inclusion and consistency vectors that transparency-dev/merkle
publishes (testdata, commit 417fb0c3) for RFC 6962 and 9162; the notes are those of C2SP
signed-note and of the Go project's note package.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from access.verify import rooms_verify as verify
from tests.verify.maker import Signer, consistency, mth, path, sha

VECTORS = json.loads((Path(__file__).parent / "merkle_vectors.json").read_text())

FOO_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
FOO_NOTE = (
    "This is an example message.\n"
    "\n"
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYj"
    "OBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
PETER_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETER_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngot"
    "pRZb6KE6RyyBwJnAM=\n"
)
SOFA = (
    "example.com/behind-the-sofa\n"
    "20852163\n"
    "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    "\n"
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhc"
    "yv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX"
    "3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
)
# The leaves of the vectors of RFC 6962's first implementation.
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]


def raw(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def named(vectors: list[dict]) -> list:
    return [pytest.param(vector, id=vector["name"]) for vector in vectors]


@pytest.mark.parametrize("vector", named(VECTORS["inclusion"]))
def test_inclusion_vector(vector):
    holds = verify.verify_inclusion(
        raw(vector["leafHash"]),
        vector["leafIdx"],
        vector["treeSize"],
        [raw(step) for step in vector["proof"] or []],
        raw(vector["root"]),
    )
    assert holds is not vector["wantErr"]


@pytest.mark.parametrize("vector", named(VECTORS["consistency"]))
def test_consistency_vector(vector):
    holds = verify.verify_consistency(
        vector["size1"],
        vector["size2"],
        raw(vector["root1"]),
        raw(vector["root2"]),
        [raw(step) for step in vector["proof"] or []],
    )
    assert holds is not vector["wantErr"]


def test_vectors_are_both_right_and_wrong():
    wrong = [vector["wantErr"] for kind in VECTORS.values() for vector in kind]
    assert wrong.count(True) > 100
    assert wrong.count(False) > 5


def test_tree_of_the_published_leaves():
    hashes = [verify.leaf_hash(leaf) for leaf in LEAVES]
    growing = verify.Growing()
    for digest in hashes:
        growing.add(digest)
    published = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
    assert growing.root().hex() == published
    assert verify.fold(hashes).hex() == published
    assert verify.EMPTY_ROOT.hex().startswith("e3b0c44298fc1c14")


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 9, 31, 33, 100])
def test_proofs_made_by_the_book_hold(size):
    hashes = [sha(b"%d" % at) for at in range(size)]
    root = mth(hashes)
    assert verify.fold(hashes) == root
    for at in range(size):
        assert verify.verify_inclusion(hashes[at], at, size, path(at, hashes), root)
        assert (
            not verify.verify_inclusion(hashes[at], (at + 1) % size, size, path(at, hashes), root)
            or size == 1
        )
    for first in range(1, size + 1):
        proof = consistency(first, hashes)
        assert verify.verify_consistency(first, size, mth(hashes[:first]), root, proof)
        assert not verify.verify_consistency(first, size, sha(b"other"), root, proof)


@pytest.mark.parametrize(
    ("key", "note"), [(FOO_KEY, FOO_NOTE), (PETER_KEY, PETER_NOTE)], ids=["foo", "peter"]
)
def test_published_note_verifies(key, note):
    known, parsed = verify.Key.parse(key), verify.Note.parse(note.encode())
    [(name, key_id, signature)] = parsed.signatures
    assert (name, key_id) == (known.name, known.key_id)
    assert known.verifies(parsed.body, signature) == 0
    assert known.verifies(parsed.body + b"\n", signature) is None


def test_published_checkpoint_is_read():
    found = verify.Checkpoint.parse(SOFA.encode())
    assert (found.origin, found.size) == ("example.com/behind-the-sofa", 20852163)
    assert [name for name, _, _ in found.note.signatures] == [
        "example.com/behind-the-sofa",
        "witness.example.com/w1",
    ]
    # The witness of the example says when it saw it: 2023-03-20 12:25:47 UTC.
    assert int.from_bytes(found.note.signatures[1][2][:8], "big") == 1679315147


def test_cosignature_says_its_time():
    witness = Signer("witness.example.com/w1", 4, 9)
    note = verify.Note.parse(("text\n\n" + witness.line("text\n", 1679315147)).encode())
    key = verify.Key.parse(witness.vkey)
    assert key.verifies(note.body, note.signatures[0][2]) == 1679315147
    # The time is signed too.
    later = (1679315148).to_bytes(8, "big") + note.signatures[0][2][8:]
    assert key.verifies(note.body, later) is None


@pytest.mark.parametrize(
    "note",
    [
        b"",
        b"\n\n",
        b"no signature\n",
        b"no blank line\n\xe2\x80\x94 a AAAAAAA=\n",
        FOO_NOTE.encode().rstrip(b"\n"),
        FOO_NOTE.encode() + b"\n",
        FOO_NOTE.replace("— ", "- ").encode(),
        FOO_NOTE.replace("— ", "—  ").encode(),
        FOO_NOTE.replace("example.com/foo", "example.com/f+o").encode(),
        FOO_NOTE.replace("example.com/foo", "").encode(),
        FOO_NOTE.replace("message", "mess\tage").encode(),
        FOO_NOTE.replace("\n", "\r\n").encode(),
        FOO_NOTE.replace("aQM=", "aQN=").encode(),
        FOO_NOTE.replace("aQM=", "aQM").encode(),
        FOO_NOTE.encode() + "— a AAAA\n".encode(),
        FOO_NOTE.encode().replace(b"example ", b"ex\xffmple "),
        FOO_NOTE.encode() + b"\xe2\x80\x94 a AAAAAAA=\n" * 101,
    ],
)
def test_malformed_note_is_refused(note):
    with pytest.raises(verify.BadNote):
        verify.Note.parse(note)


@pytest.mark.parametrize(
    "key",
    [
        "",
        None,
        7,
        "example.com/foo",
        FOO_KEY.replace("530d903a", "530d903b"),
        FOO_KEY.replace("530d903a", "530D903A"),
        FOO_KEY.replace("foo", "fo o"),
        FOO_KEY + "=",
        "example.com/foo+530d903a+AQ==",
        "example.com/foo+530d903a+AukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    ],
)
def test_malformed_key_is_refused(key):
    with pytest.raises(verify.BadNote):
        verify.Key.parse(key)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("20852163", "020852163"),
        ("20852163", "-1"),
        ("20852163", "2e7"),
        ("20852163", "\uff12"),
        ("20852163", "9" * 16),
        ("CsUY", "CsU"),
        ("jxq2I=", "jxq2I=\nextension"),
        ("example.com/behind-the-sofa\n2", "\n2"),
        ("\n20852163", ""),
    ],
)
def test_malformed_checkpoint_is_refused(old, new):
    assert old in SOFA
    with pytest.raises(verify.BadNote):
        verify.Checkpoint.parse(SOFA.replace(old, new, 1).encode())


@pytest.mark.parametrize(
    ("level", "number", "width", "name"),
    [
        (0, 0, 256, "tile/0/000"),
        (0, 0, 1, "tile/0/000.p/1"),
        (3, 1234067, 256, "tile/3/x001/x234/067"),
        ("entries", 1000, 5, "tile/entries/x001/000.p/5"),
    ],
)
def test_tile_path(level, number, width, name):
    assert verify.tile_name(level, number, width) == name
