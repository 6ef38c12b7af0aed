"""The text logs: of the meeting app, of Teams and of the agent, each in its own grammar."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from rooms.simulator.bundle.order import EVERY, DeviceState, Order
from rooms.simulator.bundle.spoken import meeting
from rooms.simulator.condition import Condition
from rooms.simulator.days import meetings

Look = tuple[datetime, Condition]


def held(state: DeviceState, begin: datetime, end: datetime) -> Iterator[tuple[datetime, int]]:
    """The meetings that begin in that time, with a number of their own."""
    machine = state.machine
    local = begin.astimezone(machine.zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    for begun, _ in meetings(machine.seed, machine.room.key, local.toordinal()):
        at = (midnight + timedelta(minutes=begun)).astimezone(UTC)
        if begin <= at < end:
            yield at, local.toordinal() * 10_000 + begun


def app_log(state: DeviceState, looks: list[Look], each: int) -> Iterator[str]:
    """2022-09-14T08:31:07.123Z [Info] [Component] words, with lines that go on."""
    for at, condition in looks:
        for begun, number in held(state, at, at + EVERY):
            said = meeting(state, number)
            yield _app(begun, "Info", "Calendar", f"Meeting joined. Subject: {said.subject}")
            yield f"    Body: {said.body}"
            yield f"    Organizer: {said.organizer}"
        yield _app(at, "Info", "Heartbeat", f"App {condition.app} signed in")
        for part in condition.parts:
            if not part.connected:
                yield _app(at, "Error", "Devices", f"{part.name} is not connected at {part.port}")
        if condition.teams_code:
            yield _app(at, "Error", "SignIn", f"Teams sign-in failed: {condition.teams_code}")
            yield "   at SkypeRoomSystem.SignIn.TeamsAuthenticator.AcquireToken()"
            yield "   at SkypeRoomSystem.SignIn.Coordinator.Run()"
        for number in range(each):
            later = at + EVERY * number / max(1, each)
            yield _app(later, "Verbose", "Render", f"frame {number} drawn in {number % 17} ms")


def _app(at: datetime, level: str, who: str, words: str) -> str:
    moment = at.astimezone(UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z [{level}] [{who}] {words}"


def teams_log(state: DeviceState, looks: list[Look], each: int) -> Iterator[str]:
    """Wed Sep 14 2022 08:31:07 GMT+0200 (CEST) <4212> -- info -- words, by the wall's clock."""
    for at, condition in looks:
        for begun, number in held(state, at, at + EVERY):
            said = meeting(state, number)
            yield _teams(state, begun, "info", f"calling: meetingTitle={said.subject}")
            yield _teams(state, begun, "info", f"chat: imdisplayname={said.organizer}")
            yield _teams(state, begun, "info", f"chat: messageText: {said.chat}")
            card = f"contactCard jobTitle={said.title}; businessPhone={said.phone}"
            yield _teams(state, begun, "info", f"roster: {card}")
        if condition.teams_code:
            words = f"FailedAuthentication code={condition.teams_code} get_skype_license"
            yield _teams(state, at, "error", f"{words} status=401")
        else:
            yield _teams(state, at, "event", "status: success, scenario: app_heartbeat")
        if condition.internet != "full":
            yield _teams(state, at, "warning", "network: limited, websocket closed (1006)")
        for number in range(each):
            later = at + EVERY * number / max(1, each)
            yield _teams(state, later, "info", f"eventLoop: tick {number}, lag {number % 23} ms")


def _teams(state: DeviceState, at: datetime, level: str, words: str) -> str:
    own = at.astimezone(state.machine.zone)
    return f"{own:%a %b %d %Y %H:%M:%S GMT%z} ({own:%Z}) <4212> -- {level} -- {words}"


def agent_log(state: DeviceState, looks: list[Look], each: int) -> Iterator[str]:
    """2022-09-14 08:31:07.1234|INFO|Component|words, by the wall's clock and without a zone."""
    for at, condition in looks:
        yield _agent(state, at, "INFO", "ServicePortalAgent.Report", "Report accepted (202)")
        if condition.connection_errors:
            yield _agent(state, at, "WARN", "ServicePortalAgent.Transport", "Connection was reset")
        if not condition.complete:
            yield _agent(state, at, "ERROR", "ServicePortalAgent.Signals", "Not all signals sent")
            yield "System.Net.Http.HttpRequestException: proxy answered 407"
        for number in range(each):
            later = at + EVERY * number / max(1, each)
            words = f"Signal {number % 43} evaluated in {number % 9} ms"
            yield _agent(state, later, "DEBUG", "ServicePortalAgent.Signals", words)


def _agent(state: DeviceState, at: datetime, level: str, who: str, words: str) -> str:
    own = at.astimezone(state.machine.zone)
    return f"{own:%Y-%m-%d %H:%M:%S}.{own.microsecond // 100:04d}|{level}|{who}|{words}"


LOGS: Final[dict[str, tuple[str, Callable[[DeviceState, list[Look], int], Iterator[str]]]]] = {
    "app_log": ("App/SkypeRoomSystem/SkypeRoomSystem.log", app_log),
    "teams_log": ("App/Teams/Logs.txt", teams_log),
    "agent_log": ("Agent/ServicePortalAgent.log", agent_log),
}


def activity(state: DeviceState, order: Order, looks: list[Look]) -> Iterator[dict[str, str]]:
    """Who did what in the room: the room's account, and people by the marks the device gives."""
    account = f"room {state.machine.room.key}"
    for at, condition in looks:
        for begun, number in held(state, at, at + EVERY):
            said = meeting(state, number)
            told = begun.isoformat()
            yield _act(told, "meeting_joined", account, f"Meeting joined, subject {said.subject}")
            yield _act(told, "person_joined", said.organizer, "Joined from a computer")
            if number % 3 == 0:
                yield _act(told, "content_shared", said.organizer, "Shared by HDMI")
        if condition.teams_code and at.minute < 5:
            words = f"Teams sign-in failed: {condition.teams_code}"
            yield _act(at.isoformat(), "sign_in_failed", account, words)


def _act(at: str, kind: str, who: str, what: str) -> dict[str, str]:
    return {"at": at, "kind": kind, "who": who, "what": what}
