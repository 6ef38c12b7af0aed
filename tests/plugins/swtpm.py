"""A real software TPM (swtpm) driven by tpm2-tools: skipped where missing, failing where CI=true.

Every TPM has a folder of its own and unix sockets in it, so that any number run side by side.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

PROGRAMS = ("swtpm", "swtpm_setup", "tpm2_createek")
INSTALL = "apt-get install swtpm swtpm-tools tpm2-tools"
LONGEST_SECONDS = 60
DEVICE_KEY = "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|sign"


def find_swtpm() -> str | None:
    """The TPM's program when it and its tools are all there."""
    found = [shutil.which(program) for program in PROGRAMS]
    return found[0] if all(found) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the tests with a TPM where there is none, except in CI, where they then fail."""
    if find_swtpm() or os.environ.get("CI") == "true":
        return
    missing = pytest.mark.skip(reason=f"swtpm is missing ({INSTALL})")
    for item in items:
        if item.get_closest_marker("swtpm"):
            item.add_marker(missing)


@dataclass
class Swtpm:
    """A running TPM in its folder. Files that the tools read and write lie in `folder`.

    `ek` is the endorsement key to use: a file, or the handle of a manufactured one.
    """

    folder: Path
    ek: str = "ek.ctx"

    def run(self, *words: str) -> None:
        """Run one of tpm2-tools; afterwards nothing of it is left in the TPM's few slots."""
        environment = os.environ | {"TPM2TOOLS_TCTI": f"swtpm:path={self.folder}/socket"}
        for command in (words, ("tpm2_flushcontext", "-t")):
            done = subprocess.run(
                command,
                cwd=self.folder,
                env=environment,
                capture_output=True,
                timeout=LONGEST_SECONDS,
                check=False,
            )
            if done.returncode:
                raise RuntimeError(f"{' '.join(command)}: {done.stderr.decode()}")

    def read(self, name: str) -> bytes:
        """What a tool wrote."""
        return (self.folder / name).read_bytes()

    def make_keys(self, kind: str, *, ak: str = "ecc", ak_scheme: str = "ecdsa") -> None:
        """Endorsement key ("rsa" or "ecc"), attestation key and device key, and their areas."""
        self.run("tpm2_createek", "-c", self.ek, "-G", kind, "-u", "ek.pub")
        self.make_device_keys(ak=ak, ak_scheme=ak_scheme)

    def make_device_keys(self, *, ak: str = "ecc", ak_scheme: str = "ecdsa") -> None:
        """Attestation key and device key under the endorsement key."""
        names = ("-c", "ak.ctx", "-u", "ak.pub", "-n", "ak.name")
        kinds = ("-G", ak, "-g", "sha256", "-s", ak_scheme)
        self.run("tpm2_createak", "-C", self.ek, *kinds, *names)
        self.run("tpm2_createprimary", "-C", "o", "-G", "ecc", "-c", "srk.ctx")
        self.make_device_key()

    def make_device_key(self) -> None:
        """A new device key in place of the old one."""
        kind = ("-G", "ecc256:ecdsa-sha256", "-a", DEVICE_KEY)
        made = ("-u", "dk.pub", "-r", "dk.priv", "--creation-data", "dk.cd")
        proof = ("-d", "dk.ch", "-t", "dk.ct")
        self.run("tpm2_create", "-C", "srk.ctx", *kind, *made, *proof)
        self.run("tpm2_load", "-C", "srk.ctx", "-u", "dk.pub", "-r", "dk.priv", "-c", "dk.ctx")

    def activate(self, id_object: bytes, encrypted_secret: bytes, *, policy: bool = True) -> bytes:
        """TPM2_ActivateCredential: the secret. RuntimeError with the TPM's words if it refuses.

        `policy` is false for an EK that opens by its own (empty) password.
        """
        head = bytes.fromhex("badcc0de00000001")
        (self.folder / "cred").write_bytes(head + id_object + encrypted_secret)
        words = ["-c", "ak.ctx", "-C", self.ek, "-i", "cred", "-o", "secret"]
        if policy:
            self.run("tpm2_startauthsession", "--policy-session", "-S", "session")
            self.run("tpm2_policysecret", "-S", "session", "-c", "e")
            words += ["-P", "session:session"]
        try:
            self.run("tpm2_activatecredential", *words)
        finally:
            if policy:
                self.run("tpm2_flushcontext", "session")
        return self.read("secret")

    def certify_creation(self, extra: bytes, *, scheme: str = "ecdsa") -> tuple[bytes, bytes]:
        """The attestation key's statement that this TPM made the device key, and its signature."""
        about = ("-c", "dk.ctx", "-d", "dk.ch", "-t", "dk.ct", "-q", extra.hex())
        how = ("-g", "sha256", "-s", scheme, "-o", "att.sig", "--attestation", "att")
        self.run("tpm2_certifycreation", "-C", "ak.ctx", *about, *how)
        return self.read("att"), self.read("att.sig")

    def sign(self, digest: bytes) -> bytes:
        """The device key's signature over a SHA-256 digest, in DER."""
        (self.folder / "digest").write_bytes(digest)
        how = ("-g", "sha256", "-d", "-f", "plain", "-o", "dk.sig", "digest")
        self.run("tpm2_sign", "-c", "dk.ctx", *how)
        return self.read("dk.sig")


def _run_setup(folder: Path) -> None:
    """Manufacture: endorsement keys, and certificates for them by a maker of our own."""
    config = {
        "setup.conf": (
            "create_certs_tool=/usr/bin/swtpm_localca\n"
            f"create_certs_tool_config={folder}/localca.conf\n"
            f"create_certs_tool_options={folder}/localca.options\n"
            "active_pcr_banks=sha256\n"
        ),
        "localca.conf": (
            f"statedir = {folder}/ca\nsigningkey = {folder}/ca/signkey.pem\n"
            f"issuercert = {folder}/ca/issuercert.pem\ncertserial = {folder}/ca/certserial\n"
        ),
        "localca.options": (
            "--platform-manufacturer Maker\n--platform-version 1\n--platform-model Model\n"
        ),
    }
    for name, text in config.items():
        (folder / name).write_text(text)
    (folder / "ca").mkdir()
    words = ["--tpmstate", f"{folder}/state", "--config", f"{folder}/setup.conf", "--overwrite"]
    command = ["swtpm_setup", "--tpm2", "--create-ek-cert", *words]
    subprocess.run(command, check=True, capture_output=True, timeout=LONGEST_SECONDS)


@contextmanager
def running(*, certified: bool = False) -> Iterator[Swtpm]:
    """A TPM that runs; `certified` ones were manufactured with certificates for their EKs."""
    with tempfile.TemporaryDirectory(prefix="tpm") as made:
        folder = Path(made)
        (folder / "state").mkdir()
        if certified:
            _run_setup(folder)
        sockets = ("--server", f"type=unixio,path={folder}/socket")
        control = ("--ctrl", f"type=unixio,path={folder}/socket.ctrl")
        flags = ("--flags", "not-need-init,startup-clear")
        state = ("--tpmstate", f"dir={folder}/state")  # absolute, or the TPM fails its self-test
        command = ["swtpm", "socket", "--tpm2", *state, *sockets, *control, *flags]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _wait_for(folder / "socket.ctrl", process)
            yield Swtpm(folder)
        finally:
            process.terminate()
            process.wait(LONGEST_SECONDS)


def _wait_for(socket: Path, process: subprocess.Popen[bytes]) -> None:
    for _ in range(LONGEST_SECONDS * 100):
        if socket.exists():
            return
        try:
            process.wait(0.01)
        except subprocess.TimeoutExpired:
            continue
        break
    raise RuntimeError("swtpm did not start")


@pytest.fixture
def swtpm() -> Iterator[Callable[..., Swtpm]]:
    """`swtpm()` starts one more TPM (`certified=True` with certificates); all end with the test."""
    if find_swtpm() is None:
        pytest.fail(f"swtpm is missing: {INSTALL}")
    with ExitStack() as stack:
        yield lambda **words: stack.enter_context(running(**words))
