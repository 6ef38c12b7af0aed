"""Signed notes, checkpoints and cosignatures, against the examples of the C2SP specifications."""

from __future__ import annotations

import base64

import pytest

from access.audit.checkpoints import Checkpoint, opened
from access.audit.cosignatures import cosign, cosigned_by, message
from access.audit.merkle import EMPTY_ROOT
from access.audit.notes import COSIGNATURE, ED25519, BadNote, Note, Signer, VerifierKey

# signed-note, section Example
FOO = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
FOO_NOTE = """This is an example message.

— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
"""  # noqa: E501 - as published
# the note of the Go package that the format comes from, with its published private key
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETER_SEED = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
PETER_TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
PETER_LINE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6"
    "KE6RyyBwJnAM=\n"
)
# tlog-cosignature: a checkpoint with a signature and a cosignature (their keys are not published)
SOFA = """example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
"""  # noqa: E501 - as published

LOG = Signer.from_seed("log.example/one", ED25519, b"1" * 32)
WITNESS = Signer.from_seed("witness.example/w", COSIGNATURE, b"2" * 32)
TREE = Checkpoint("log.example/one", 0, EMPTY_ROOT)


def note_of(text: str, *lines: str) -> bytes:
    return (text + "\n" + "".join(lines)).encode()


@pytest.mark.parametrize(
    ("vkey", "note"), [(FOO, FOO_NOTE), (PETER, f"{PETER_TEXT}\n{PETER_LINE}")]
)
def test_published_note_is_verified_by_its_published_key(vkey, note):
    key = VerifierKey.parse(vkey)
    assert str(key) == vkey
    assert Note.parse(note.encode()).signed_by([key]) == [key]
    with pytest.raises(BadNote):
        Note.parse(note.replace("is", "was", 1).encode()).signed_by([key])


def test_published_signature_is_made_again():
    signer = Signer.from_seed("PeterNeumann", ED25519, PETER_SEED)
    assert str(signer.verifier) == PETER
    assert signer.sign(PETER_TEXT) == PETER_LINE


def test_published_checkpoint_is_taken_apart():
    note = Note.parse(SOFA.encode())
    checkpoint = Checkpoint.parse(note.text)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert checkpoint.text() == note.text
    witness = note.signatures[1]
    assert (witness.name, len(witness.signature)) == ("witness.example.com/w1", 8 + 64)
    assert int.from_bytes(witness.signature[:8], "big") == 1679315147
    assert message(note.text, 1679315147).decode() == (
        "cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\n"
        "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    )


def test_signature_of_an_unknown_key_is_passed_over_and_a_wrong_one_spoils_the_note():
    text = TREE.text()
    other = Signer.from_seed("log.example/one", ED25519, b"3" * 32)
    note = note_of(text, other.sign(text), LOG.sign(text))
    assert Note.parse(note).signed_by([LOG.verifier]) == [LOG.verifier]
    wrong = note_of(text, LOG.sign(text), LOG.line(b"\0" * 64))
    with pytest.raises(BadNote):
        Note.parse(wrong).signed_by([LOG.verifier])
    with pytest.raises(BadNote):
        opened(note_of(text, other.sign(text)), TREE.origin, [LOG.verifier])
    with pytest.raises(BadNote):
        opened(note, "log.example/two", [LOG.verifier])
    assert opened(note, TREE.origin, [LOG.verifier]) == TREE


def test_note_has_room_for_sixteen_signatures():
    keys = [Signer.from_seed(f"k{n}", ED25519, bytes([n]) * 32) for n in range(16)]
    note = Note.parse(note_of("text\n", *(key.sign("text\n") for key in keys)))
    assert len(note.signed_by(key.verifier for key in keys)) == 16


LINE = LOG.sign("text\n")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"text\n",
        b"text\n\n",
        f"text\n\n{LINE}"[:-1].encode(),
        f"text\n{LINE}".encode(),
        f"text\r\n\n{LINE}".encode(),
        f"te\txt\n\n{LINE}".encode(),
        f"text\0\n\n{LINE}".encode(),
        f"text\n\n{LINE}\xff".encode("latin-1", "replace"),
        f"text\n\n{LINE}trailing\n".encode(),
        f"text\n\n-{LINE[1:]}".encode(),
        f"text\n\n{LINE.replace('log.example/one', 'log+one')}".encode(),
        f"text\n\n{LINE.replace('log.example/one', 'log one')}".encode(),
        f"text\n\n{LINE.replace('log.example/one', '')}".encode(),
        f"text\n\n{LINE.replace('=', '')}".encode(),
        "text\n\n— a AAAAAA==\n".encode(),
        "text\n\n— a AAAA\n".encode(),
        "text\n\n— a\n".encode(),
        f"text\n\n{LINE * 101}".encode(),
    ],
)
def test_malformed_note_is_refused(data):
    with pytest.raises(BadNote):
        Note.parse(data).signed_by([LOG.verifier])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.com/foo",
        FOO.replace("530d903a", "530d903b"),
        FOO.replace("530d903a", "530D903A"),
        FOO.replace("+Aeky", "+Auky"),
        FOO[:-1],
        f" {FOO}",
        FOO.replace("example.com/foo", ""),
    ],
)
def test_malformed_verifier_key_is_refused(text):
    with pytest.raises(BadNote):
        VerifierKey.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "o\n01\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "o\n-1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "o\n1_0\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "o\n1\nYmFuYW5hcw==\n",
        "o\n1\n",
        "o\n0\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "o\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\nextension\n",
    ],
)
def test_malformed_checkpoint_is_refused(text):
    with pytest.raises(BadNote):
        Checkpoint.parse(text)


def test_cosignature_says_when_and_counts_for_its_witness_only():
    text = TREE.text()
    note = Note.parse(note_of(text, LOG.sign(text), cosign(WITNESS, text, 1679315147)))
    assert cosigned_by(note, [WITNESS.verifier, LOG.verifier][:1]) == {WITNESS.verifier: 1679315147}
    stranger = Signer.from_seed("witness.example/x", COSIGNATURE, b"4" * 32)
    assert cosigned_by(note, [stranger.verifier]) == {}
    backdated = note.signatures[1].signature
    moved = WITNESS.line((1).to_bytes(8, "big") + backdated[8:])
    for line in (moved, WITNESS.line(backdated[:-1]), WITNESS.line(b"\xff" * 8 + backdated[8:])):
        with pytest.raises(BadNote):
            cosigned_by(Note.parse(note_of(text, line)), [WITNESS.verifier])


def test_plain_signature_is_no_cosignature():
    text = TREE.text()
    same = Signer.from_seed(WITNESS.name, ED25519, b"2" * 32)
    note = Note.parse(note_of(text, same.sign(text)))
    assert cosigned_by(note, [WITNESS.verifier]) == {}
    with pytest.raises(BadNote):
        cosign(same, text, 1)
