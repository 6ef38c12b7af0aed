"""Ready to use: the room account signs in, its calendar is read, the meeting app runs."""

from __future__ import annotations

from typing import Final

from rooms.reports.schema import Answer
from rooms.signals.reading import Facts, Reading, Words
from rooms.signals.thresholds import Thresholds

EXCHANGE: Final = Words("sign_in_exchange")
TEAMS: Final = Words("sign_in_teams")
CALENDAR: Final = Words("calendar_sync")
HEARTBEAT: Final = Words("app_heartbeat")
NIGHTLY: Final = Words("nightly_reboot")
BLUETOOTH: Final = Words("bluetooth")
PASSWORD: Final = Words("default_credentials")
PAIRING: Final = Words("pairing")

UP_TOO_LONG: Final = 2 * 24 * 60  # minutes; published: up for two days or more
# What the codes of a refused sign-in mean: Microsoft's troubleshooting page for sign-in.
WHY: Final[dict[str, str]] = {
    "AADSTS50076": "a second factor is demanded",
    "AADSTS50079": "a second factor is demanded",
    "AADSTS53003": "a Conditional Access policy refuses it",
    "AADSTS50055": "the password has expired",
    "AADSTS50126": "wrong user name or password",
    "licenseError": "the account has no licence",
    "GeneralError": "the account has no mailbox",
}


def _answer(words: Words, answer: Answer | None, code: str | None) -> Reading | None:
    """How it went, with the code and what it means; nothing where it is not used at all."""
    if answer is Answer.WELL:
        return words.well
    if answer is None:
        return words.unclear
    if answer is Answer.NOT_USED:
        return None
    if not code:
        return words.ill
    meaning = WHY.get(code, "see the sign-in log of the tenant")
    return words.fault(f"{words.ill.sentence.rstrip('.')} ({code}: {meaning}).")


def sign_in_exchange(facts: Facts, limits: Thresholds) -> Reading | None:
    """The account signs in to Exchange. On the newer interface calendar_sync is read instead."""
    report = facts.report
    if report.app.newer_interface:
        return None
    return _answer(EXCHANGE, report.sign_in.exchange, report.sign_in.exchange_code)


def sign_in_teams(facts: Facts, limits: Thresholds) -> Reading | None:
    """The account signs in to Teams."""
    sign_in = facts.report.sign_in
    return _answer(TEAMS, sign_in.teams, sign_in.teams_code)


def calendar_sync(facts: Facts, limits: Thresholds) -> Reading | None:
    """The calendar is read. On the older interface sign_in_exchange is read instead."""
    if not facts.report.app.newer_interface:
        return None
    return _answer(CALENDAR, facts.report.sign_in.calendar, None)


def app_heartbeat(facts: Facts, limits: Thresholds) -> Reading:
    """The meeting app runs."""
    return HEARTBEAT.expects(facts.report.app.running)


def nightly_reboot(facts: Facts, limits: Thresholds) -> Reading:
    """The device restarts every night, or has done so within two days."""
    system = facts.report.system
    if system.uptime_minutes < UP_TOO_LONG:
        return NIGHTLY.well
    return NIGHTLY.expects(system.nightly_restart)


def bluetooth(facts: Facts, limits: Thresholds) -> Reading:
    """Bluetooth is on, so that people can join and cast from nearby."""
    return BLUETOOTH.expects(facts.report.system.bluetooth_on)


def default_credentials(facts: Facts, limits: Thresholds) -> Reading:
    """The local Admin account has a password of its own."""
    return PASSWORD.trips(facts.report.system.factory_password)


def pairing(facts: Facts, limits: Thresholds) -> Reading | None:
    """The touch console and the video bar are paired, where they belong together."""
    if not facts.report.configured.console_paired:
        return None
    return PAIRING.expects(facts.report.paired)
