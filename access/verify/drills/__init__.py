"""Tamper drills: take a good bundle, tamper with it in every way that we can think of, in memory,
and show what `rooms_verify` says to each. Nothing is written, and no key of ours is needed.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, replace
from typing import Final

from access.verify import rooms_verify as verify
from access.verify.drills.cases import Case
from access.verify.drills.ledgers import LedgerTampering
from access.verify.drills.workshop import Files

__all__ = ["Drill", "NoDrill", "run_drills"]

# Bytes of a bundle that is drilled with: each variant is a copy in memory.
LARGEST: Final = 64 << 20


class NoDrill(ValueError):
    """The bundle is not a good one of a whole log, or too large, so nothing can be drilled with it.

    The sentence says which.
    """


@dataclass(frozen=True)
class Drill:
    """One way to tamper: what it is called, what was done, whether it was found, what was said.

    `place` is where the verifier says it is, `code` is the finding's name.
    """

    name: str
    what_was_done: str
    found: bool
    said: str
    code: str = ""
    place: str = ""
    exit_code: int = 0


def run_drills(bundle_bytes: bytes) -> list[Drill]:
    """Tamper with a whole-log bundle (a zip) in each way and verify each; the first is untouched.

    The bundle is signed anew by a key made for the drill, which plays the log: some tampering can
    only be shown by somebody who holds the log's key, and ours stays where it is.
    Raises NoDrill.
    """
    return [_judged(case) for case in LedgerTampering(_unpacked(bundle_bytes)).cases()]


def _unpacked(bundle_bytes: bytes) -> Files:
    """The files of a bundle, if it is one to drill with."""
    try:
        bundle = verify.open_bundle(bundle_bytes)
        if sum(bundle.names.values()) > LARGEST:
            raise NoDrill(f"The bundle has more than {LARGEST >> 20} MB.")
        files = {name: bundle.read(name, LARGEST) for name in bundle.names}
    except verify.Unreadable as error:
        raise NoDrill(f"The bundle cannot be read: {error}") from error
    report = verify.verify_source(files)
    if report.exit_code in (1, 2):
        raise NoDrill("The bundle does not verify as it is.")
    if report.about.get("holds") != "whole" or report.about["size"] < 4:
        raise NoDrill("Drills take a bundle of a whole log with four records or more.")
    return files


def _judged(case: Case) -> Drill:
    """Verify one case and tell whether the verifier found what was done, where it was done."""
    with io.BytesIO() as target:
        with zipfile.ZipFile(target, "w") as archive:
            for name in sorted(case.files):
                archive.writestr(zipfile.ZipInfo(name), case.files[name])
        report = verify.verify_source(target.getvalue(), case.keys, case.previous)
    drill = Drill(case.name, case.what_was_done, False, "", exit_code=report.exit_code)
    if not case.codes:
        return replace(drill, found=report.exit_code == 0, said=report.checked[1])
    if case.codes == ("redacted",):
        places = [one["position"] for one in report.redacted]
        said = next((one for one in report.not_checked if "redacted" in one), "")
        place = f"position {places[0]}" if places else ""
        found = report.exit_code == 0 and places == [case.position]
        return replace(drill, found=found, said=said, code="redacted", place=place)
    finding = next((one for one in report.failures if one.code in case.codes), None)
    if finding is None:
        return replace(drill, said=report.failures[0].says if report.failures else "Nothing.")
    at = finding.where.get("position")
    place = ", ".join(f"{key} {value}" for key, value in finding.where.items())
    return replace(
        drill,
        found=report.exit_code == 1 and case.position in (None, at),
        said=finding.says,
        code=finding.code,
        place=place,
    )
