"""`make test`: the suite in parallel, then the browser tests, and one closing line for both."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from portal.demo.ground import dies_with_parent
from tests.plugins.chromium import find_chromium
from tests.plugins.swtpm import find_swtpm

ROOT = Path(__file__).resolve().parents[1]
NOTHING_COLLECTED = 5
# pytest-timeout ends what hangs after minutes; this is for a pytest that cannot even do that.
LONGEST_SECONDS = 25 * 60


@dataclass(frozen=True)
class Program:
    """A program of the system that some tests need, and the packages that bring it."""

    name: str
    tests: str
    find: Callable[[], str | None]
    packages: tuple[str, ...]


PROGRAMS = (
    Program("Chromium", "the browser tests", find_chromium, ("chromium", "fonts-dejavu-core")),
    Program("swtpm", "the TPM tests", find_swtpm, ("swtpm", "swtpm-tools", "tpm2-tools")),
)


@dataclass
class Count:
    """What came of a run of pytest."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(
            self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped
        )

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def count(report: Path) -> Count:
    """Read pytest's XML report. An error in a fixture is a failure."""
    total = Count()
    tree = ElementTree.parse(report)  # noqa: S314 -- written by the pytest that we have just run
    for suite in tree.getroot().iter("testsuite"):
        failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        skipped = int(suite.get("skipped", 0))
        passed = int(suite.get("tests", 0)) - failed - skipped
        total += Count(max(passed, 0), failed, skipped)
    return total


def run(report: Path, *words: str) -> tuple[Count, bool]:
    """Run pytest once; its count, and whether it went well."""
    command = [sys.executable, "-m", "pytest", f"--junit-xml={report}", "-q", *words]
    # when we are ended, pytest is interrupted: it then takes its servers along
    interrupted = dies_with_parent(signal.SIGINT)
    try:
        code = subprocess.run(
            command, cwd=ROOT, check=False, preexec_fn=interrupted, timeout=LONGEST_SECONDS
        ).returncode
    except subprocess.TimeoutExpired:
        print(f"*** pytest was ended after {LONGEST_SECONDS // 60} minutes ***", flush=True)
        code = -1
    if not report.exists():
        return Count(failed=1), False  # pytest itself broke; that is no passing run
    return count(report), code in (0, NOTHING_COLLECTED)


def run_in_browser(folder: Path, *words: str) -> tuple[Count, bool]:
    """Run the browser tests; once more, from the start, if the browser or its driver hung.

    A test that fails is a failure at once. Only a run that was cut off, and so has no report at
    all, says nothing about the tests.
    """
    for number in ("second", "third"):
        report = folder / f"{number}.xml"
        total, well = run(report, "-m", "browser", *words)
        if report.exists():
            break
        print(f"*** the {number} run was cut off by a test that hung: see above ***", flush=True)
    return total, well


def have_programs() -> None:
    """Install the programs of others where we may; elsewhere say what does not run without them."""
    if not missing():
        return
    apt = shutil.which("apt-get")
    if apt and os.geteuid() == 0:
        names = [name for program in missing() for name in program.packages]
        print(f"Installing {', '.join(names)} (once)", flush=True)
        unasked = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for words in (["update"], ["install", "-y", "--no-install-recommends", *names]):
            command = [apt, "-qq", *words]
            subprocess.run(command, check=False, stdout=subprocess.DEVNULL, env=unasked)
    verb = "FAIL" if os.environ.get("CI") == "true" else "are SKIPPED"
    for program in missing():
        install = f"apt-get install {' '.join(program.packages)}"
        print(f"*** {program.name} is missing: {program.tests} {verb}. {install} ***", flush=True)


def missing() -> list[Program]:
    """Those of PROGRAMS that this machine lacks."""
    return [program for program in PROGRAMS if not program.find()]


def main() -> int:
    """Run both parts; 0 only when both went well and something ran at all."""
    more = sys.argv[1:]
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
    have_programs()
    with tempfile.TemporaryDirectory() as folder:
        parallel = ["-n", "auto", "--maxprocesses", "8", "-m", "not browser and not bench"]
        first, first_well = run(Path(folder, "first.xml"), *parallel, *more)
        second, second_well = run_in_browser(Path(folder), *more)
    total = first + second
    print(total)
    return 0 if first_well and second_well and total.passed and not total.failed else 1


if __name__ == "__main__":
    sys.exit(main())
