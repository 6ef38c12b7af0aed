"""Witnesses over HTTP (C2SP tlog-witness): what they answer, and the signer that asks them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from django.core.management import CommandError, call_command

from access.audit import sequencer
from access.audit.checkpoints import Checkpoint, origin, witness_name
from access.audit.cosignatures import cosign, cosigned_by
from access.audit.durable import Memory
from access.audit.keys import KeyRing, NoKey
from access.audit.merkle import EMPTY_ROOT, Peaks, consistency_ranges, leaf_hash, proof
from access.audit.notes import ED25519, BadNote, Note, Signer, VerifierKey
from access.audit.publisher import Publisher
from access.audit.signing import Inconsistent, LogSigner
from access.audit.tiles import grown, reader
from access.witness import wsgi
from access.witness.client import RemoteWitness, WitnessDown
from access.witness.protocol import Answer, Desk, Malformed, Submission
from portal.demo.trouble import free_port
from tests.access.test_signing import stage

EU = origin("eu")
LEAVES = [leaf_hash(bytes([at])) for at in range(20)]
LOG = Signer.from_seed(EU, ED25519, b"1" * 32)
AT = 1_700_000_000
ROOT = Path(__file__).resolve().parents[2]


def tree(size: int, leaves: list[bytes] = LEAVES) -> Checkpoint:
    return Checkpoint(EU, size, Peaks().append(leaves[:size]).root())


def steps(old: int, new: int) -> list[bytes]:
    return proof(consistency_ranges(old, new), reader(grown(0, {}, LEAVES)))


def signed(of: Checkpoint, by: Signer = LOG) -> bytes:
    return (of.text() + "\n" + by.sign(of.text())).encode()


@pytest.fixture
def ring(tmp_path):
    return KeyRing(tmp_path / "witness", {}, may_make=True)


@pytest.fixture
def desk(ring):
    """A witness that has cosigned the EU's log at size 5."""
    desk = Desk(
        ring.witness("us"),
        Memory(ring.folder / "witness-us.json"),
        {EU: [LOG.verifier]},
        clock=lambda: AT,
    )
    first = desk.add_checkpoint(Submission(0, (), signed(tree(5))).body())
    assert first.status == 200
    return desk


# -- What it answers ------------------------------------------------------------------------------


def test_witness_answers_with_its_line_for_what_continues(desk):
    note = signed(tree(8))
    answer = desk.add_checkpoint(Submission(5, tuple(steps(5, 8)), note).body())
    assert answer.status == 200
    whole = Note.parse(note + answer.body.encode())
    assert cosigned_by(whole, [desk.key.verifier]) == {desk.key.verifier: AT}
    assert desk.memory.last(EU) == tree(8)
    # the same again is cosigned again: the answer may have been lost on its way
    assert desk.add_checkpoint(Submission(8, (), note).body()).status == 200


FORKED = [leaf_hash(b"other"), *LEAVES[1:]]
STRANGER = Signer.from_seed(EU, ED25519, b"9" * 32)
REFUSED = {
    "an old size it does not know": (409, Submission(0, (), signed(tree(8)))),
    "an older size": (409, Submission(3, tuple(steps(3, 8)), signed(tree(8)))),
    "a tree that shrank": (409, Submission(4, (), signed(tree(4)))),
    "no proof": (422, Submission(5, (), signed(tree(8)))),
    "another proof": (422, Submission(5, tuple(steps(4, 8)), signed(tree(8)))),
    "a fork": (422, Submission(5, tuple(steps(5, 8)), signed(tree(8, FORKED)))),
    "another root of the same size": (422, Submission(5, (), signed(tree(5, FORKED)))),
    "a proof where none is due": (422, Submission(5, tuple(steps(5, 8)), signed(tree(5)))),
    "an old size that is too large": (400, Submission(9, (), signed(tree(8)))),
    "a stranger's signature": (403, Submission(5, (), signed(tree(8), STRANGER))),
    "a wrong signature": (403, Submission(5, (), signed(tree(5)).replace(b"\n5\n", b"\n6\n"))),
    "a log it does not know": (404, Submission(0, (), signed(tree(5)).replace(b"/eu", b"/xx"))),
}


@pytest.mark.parametrize("case", REFUSED)
def test_witness_refuses(desk, case):
    status, asked = REFUSED[case]
    answer = desk.add_checkpoint(asked.body())
    assert answer.status == status, answer.body
    assert "\u2014" not in answer.body
    if status == 409:
        assert (answer.body, answer.kind) == ("5\n", "text/x.tlog.size")
    assert desk.memory.last(EU) == tree(5)


def test_witness_that_knows_nothing_takes_no_proof_and_no_false_nothing(ring):
    desk = Desk(ring.witness("us"), Memory(ring.folder / "w.json"), {EU: [LOG.verifier]})
    for asked in (
        Submission(0, tuple(steps(5, 8)), signed(tree(8))),
        Submission(0, (), signed(Checkpoint(EU, 0, EMPTY_ROOT)).replace(b"47DEQ", b"57DEQ")),
    ):
        assert desk.add_checkpoint(asked.body()).status in (403, 422)
    assert desk.memory.last(EU) is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"old 5",
        b"old 05\n\nnote",
        b"old -1\n\nnote",
        b"new 5\n\nnote",
        b"old 5\nnot base64!\n\nnote",
        b"old 5\nAAAA\n\nnote",
        b"old 5\n" + b"A" * 43 + b"=\n" * 64 + b"\nnote",
        "old 5\nö\n\nnote".encode(),
    ],
)
def test_malformed_request_is_400(desk, body):
    with pytest.raises(Malformed):
        Submission.parse(body)
    assert desk.add_checkpoint(body).status == 400


def test_unreadable_memory_signs_nothing(desk):
    desk.memory.path.write_text("junk")
    assert desk.add_checkpoint(Submission(5, (), signed(tree(5))).body()).status == 503


def test_submission_reads_what_it_writes():
    asked = Submission(5, tuple(steps(5, 20)), signed(tree(20)))
    assert Submission.parse(asked.body()) == asked


@pytest.mark.parametrize(
    ("environ", "status"),
    [
        ({"PATH_INFO": "/"}, 404),
        ({"PATH_INFO": "/add-checkpoint", "REQUEST_METHOD": "GET"}, 405),
        ({"PATH_INFO": "/add-checkpoint", "REQUEST_METHOD": "POST"}, 413),
        (
            {
                "PATH_INFO": "/add-checkpoint",
                "REQUEST_METHOD": "POST",
                "CONTENT_LENGTH": "99999999",
            },
            413,
        ),
    ],
)
def test_endpoint_answers_one_kind_of_request(desk, environ, status):
    assert wsgi.Application(desk).answer(environ).status == status


def test_witness_starts_only_with_its_own_key_and_a_log(monkeypatch, settings, tmp_path):
    settings.AUDIT_KEYS_DIR, settings.AUDIT_VKEYS = tmp_path, [str(LOG.verifier)]
    monkeypatch.delenv("WITNESS", raising=False)
    with pytest.raises(ValueError, match="WITNESS"):
        wsgi.desk()
    monkeypatch.setenv("WITNESS", "us")
    settings.PORTAL_ENV = "production"
    with pytest.raises(NoKey):
        wsgi.desk()
    settings.AUDIT_KEYS = {"witness-us": "22" * 32}
    assert wsgi.desk().key.name == witness_name("us")
    settings.AUDIT_VKEYS = []
    with pytest.raises(ValueError, match="AUDIT_VKEYS"):
        wsgi.desk()


# -- The client -----------------------------------------------------------------------------------


def remote(desk: Desk, answer=None) -> RemoteWitness:
    """A client whose requests reach that desk, or get that answer."""

    def reply(request: httpx.Request) -> httpx.Response:
        said = answer or desk.add_checkpoint(request.content)
        return httpx.Response(said.status, text=said.body)

    http = httpx.Client(transport=httpx.MockTransport(reply))
    return RemoteWitness(desk.key.verifier, "http://witness.test", http)


def test_client_learns_the_size_and_proves_from_it(desk):
    client = remote(desk)
    asked = []

    def prove(old: int) -> list[bytes]:
        asked.append(old)
        return steps(old, 8)

    line = client.cosign(signed(tree(8)).decode(), tree(8), prove)
    assert asked == [5]
    assert cosigned_by(Note.parse(signed(tree(8)) + line.encode()), [desk.key.verifier])


def test_client_says_that_a_log_went_back(desk):
    with pytest.raises(Inconsistent, match="has seen 5"):
        remote(desk).cosign(signed(tree(4)).decode(), tree(4), lambda old: [])


def test_client_believes_only_the_witness_it_asked(desk, ring):
    note = signed(tree(8))
    other = ring.witness("apac")
    for line in ("", cosign(other, tree(8).text(), AT), cosign(desk.key, tree(7).text(), AT)):
        with pytest.raises(BadNote):
            remote(desk, Answer(200, line)).cosign(note.decode(), tree(8), lambda old: [])


def test_client_is_given_a_witness_and_an_address(desk):
    good = RemoteWitness.parse(f"{desk.key.verifier} http://127.0.0.1:9/")
    good.http.close()
    assert (good.name, good.url) == (witness_name("us"), "http://127.0.0.1:9")
    for text in (f"{LOG.verifier} http://x", str(desk.key.verifier), "http://x", ""):
        with pytest.raises(BadNote):
            RemoteWitness.parse(text)


def test_witness_that_is_down_rests_a_while(desk):
    client = RemoteWitness(desk.key.verifier, f"http://127.0.0.1:{free_port()}")
    for _ in range(2):
        with pytest.raises(WitnessDown):
            client.cosign(signed(tree(8)).decode(), tree(8), lambda old: [])
    client.http.close()


# -- A real process, asked by the signer ----------------------------------------------------------


@pytest.fixture
def running(tmp_path, ring):
    """The US witness as a process with its own folder, and no database."""
    log = KeyRing(tmp_path / "signer", {}, may_make=True).log("eu")[0].verifier
    port = free_port()
    served = [sys.executable, "-m", "granian", "--interface", "wsgi", "--workers", "1", "--no-ws"]
    served += ["--host", "127.0.0.1", "--port", str(port), "access.witness.wsgi:application"]
    env = {
        "PATH": os.environ["PATH"],
        "PORTAL_ENV": "test",
        "WITNESS": "us",
        "AUDIT_KEYS_DIR": str(ring.folder),
        "AUDIT_VKEYS": str(log),
    }
    with (tmp_path / "witness.log").open("wb") as sink:
        process = subprocess.Popen(served, cwd=ROOT, env=env, stdout=sink, stderr=sink)
    patient = httpx.Client(timeout=60)  # a busy machine is no witness that is down
    client = RemoteWitness(ring.witness("us").verifier, f"http://127.0.0.1:{port}", patient)
    until = time.monotonic() + 60
    while True:
        try:
            assert httpx.get(f"{client.url}/").status_code == 404
            break
        except httpx.TransportError:
            said = (tmp_path / "witness.log").read_text()
            assert process.poll() is None, said
            assert time.monotonic() < until, said
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.05)
    yield client, process
    client.http.close()
    process.terminate()
    process.wait(60)


def problem(superuser) -> str:
    return superuser["eu"].execute("select check_problem from access_regionalhead").fetchone()[0]


def cosigners(superuser) -> list[list[str]]:
    rows = superuser["eu"].execute(
        "select cosignatures from access_regionalcheckpoint order by size"
    )
    return [[line.split(" ")[1] for line in lines] for (lines,) in rows.fetchall()]


def test_log_is_cosigned_by_a_process_of_its_own_and_goes_on_without_it(
    tenant, asha, as_auditor, as_web, superuser, settings, tmp_path, running
):
    client, process = running
    settings.AUDIT_KEYS_DIR = tmp_path / "signer"
    publisher = Publisher(
        KeyRing(tmp_path / "signer", {}, may_make=True), logs=["eu"], witnesses=[], asked=[client]
    )
    assert not (tmp_path / "signer" / "witness-us.key").exists()
    assert not (tmp_path / "witness" / "eu.key").exists()

    def more(number: int) -> None:
        as_web()
        stage(asha, tenant, number)
        as_auditor()
        sequencer.sequence("eu")
        publisher.round()

    more(3)
    more(4)
    name = witness_name("us")
    assert cosigners(superuser) == [[name], [name]]
    assert problem(superuser) == ""
    process.terminate()
    process.wait(60)
    more(2)
    assert cosigners(superuser) == [[name], [name], []]
    assert name in problem(superuser)
    assert "does not answer" in problem(superuser)


def test_fork_is_not_cosigned_by_the_process(running, tmp_path):
    client, _ = running
    signer = LogSigner(
        KeyRing(tmp_path / "signer", {}, may_make=True).log("eu"), Memory(tmp_path / "m.json")
    )
    first = signer.sign(tree(5), [])
    client.cosign(first, tree(5), lambda old: [])
    other = LogSigner(signer.keys, Memory(tmp_path / "forgot.json"))
    forked = tree(8, FORKED)
    with pytest.raises(Inconsistent, match="422"):
        client.cosign(other.sign(forked, []), forked, lambda old: steps(old, 8))


def test_public_keys_are_printed_a_line_each(settings, tmp_path, capsys):
    settings.AUDIT_KEYS_DIR = tmp_path / "audit"
    words = [f"--witness={region}={tmp_path / region}" for region in ("eu", "us")]
    call_command("audit_keys", "--logs", *words)
    logs, *own = capsys.readouterr().out.split()
    assert [VerifierKey.parse(text).name for text in logs.split(",")] == [
        origin(log) for log in ("control", "eu", "apac", "us")
    ]
    assert [VerifierKey.parse(text).name for text in own] == [
        witness_name(region) for region in ("eu", "us")
    ]
    assert (tmp_path / "us" / "witness-us.key").exists()
    settings.PORTAL_ENV = "production"
    with pytest.raises(CommandError):
        call_command("audit_keys", f"--witness=apac={tmp_path / 'apac'}")
