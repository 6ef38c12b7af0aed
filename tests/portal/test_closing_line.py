"""The closing line of `make test` counts both runs, and an error is never a pass."""

from __future__ import annotations

from pathlib import Path

from tests.run import Count, count, run

SUITE = """<?xml version="1.0"?><testsuites><testsuite name="pytest"
 errors="1" failures="2" skipped="3" tests="10"/></testsuites>"""


def test_error_counts_as_failed(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(SUITE)
    assert count(report) == Count(passed=4, failed=3, skipped=3)


def test_line_sums_both_runs() -> None:
    assert str(Count(1, 2, 3) + Count(10, 20, 30)) == "11 passed, 22 failed, 33 skipped"


def test_broken_run_is_a_failure(tmp_path: Path) -> None:
    # it breaks before it would make this worker's databases anew, under the feet of other tests
    counted, well = run(tmp_path / "none" / "report.xml", "-p", "no_such_plugin")
    assert (counted, well) == (Count(failed=1), False)
