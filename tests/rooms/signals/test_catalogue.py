"""The signal catalogue: complete, and true where the published page is explicit."""

from __future__ import annotations

import pytest

from rooms.signals import ANDROID, OURS, SIGNALS, WINDOWS, DeviceType, SignalCategory
from rooms.signals.read import DISPLAYS, ELSEWHERE, JUDGES
from rooms.states import SEVERITY_ORDER, Severity


def test_catalogue_holds_every_published_signal():
    assert len(WINDOWS) == len({row[0] for row in WINDOWS}) == 43
    assert len(ANDROID) == len({row[0] for row in ANDROID}) == 8
    published = {row[0] for row in WINDOWS} | {row[0] for row in ANDROID}
    assert {code for code, signal in SIGNALS.items() if not signal.ours} == published


def test_our_own_signals_are_marked_and_only_warn():
    ours = {code: signal for code, signal in SIGNALS.items() if signal.ours}
    assert set(ours) == {row[0] for row in OURS}
    for signal in ours.values():
        assert {watch.severity for watch in signal.on.values()} == {Severity.WARNING}


def test_every_signal_is_read_from_a_report_or_judged_elsewhere():
    read = {*JUDGES, DISPLAYS}
    assert read | ELSEWHERE == set(SIGNALS)
    assert not read & ELSEWHERE


def test_every_signal_has_its_words():
    titles = [signal.title for signal in SIGNALS.values()]
    assert len(titles) == len(set(titles))
    for code, signal in SIGNALS.items():
        assert signal.code == code
        assert len(code) <= 40
        assert signal.fault.endswith(".")
        assert signal.on


@pytest.mark.parametrize(
    ("code", "windows", "video_bar"),
    [
        ("network", Severity.WARNING, Severity.IMPORTANT),
        ("offline", Severity.IMPORTANT, Severity.CRITICAL),
        ("sign_in_teams", Severity.CRITICAL, Severity.CRITICAL),
        ("display_front", Severity.IMPORTANT, None),
        ("pairing", None, Severity.WARNING),
    ],
)
def test_severity_depends_on_the_device(code, windows, video_bar):
    assert SIGNALS[code].severity_on(DeviceType.WINDOWS) == windows
    assert SIGNALS[code].severity_on(DeviceType.VIDEO_BAR) == video_bar


def test_calendar_sync_shows_after_35_minutes():
    assert SIGNALS["calendar_sync"].on[DeviceType.WINDOWS].latency == 35


def test_longest_watch_is_150_minutes():
    watches = {code: signal.on[DeviceType.WINDOWS].watch for code, signal in SIGNALS.items()
               if DeviceType.WINDOWS in signal.on}  # fmt: skip
    assert max(watches.values()) == watches["monitoring_partial"] == 150


def test_factory_password_never_decides():
    signal = SIGNALS["default_credentials"]
    assert signal.category == SignalCategory.SECURITY
    assert signal.severity_on(DeviceType.WINDOWS) == Severity.WARNING


def test_severities_have_an_order():
    assert sorted(Severity, key=SEVERITY_ORDER.__getitem__)[0] == Severity.CRITICAL
