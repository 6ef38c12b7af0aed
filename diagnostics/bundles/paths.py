"""Names of files in a zip: which are tricks, and where each kind of file stands in a bundle."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from diagnostics.bundles.refusal import RefusedBundle

LONGEST: Final = 200
MANIFEST: Final = "manifest.json"
EVENT_LOGS: Final = "Windows/EventLog/"
# Plain ASCII without what Windows or a shell gives a meaning to.
_SEGMENT: Final = re.compile(r"[A-Za-z0-9_(][A-Za-z0-9_ .%()+,=@-]*")
_DEVICES: Final = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com\d|lpt\d)", re.IGNORECASE)

# Where the files of each kind stand.
PLACES: Final[dict[str, re.Pattern[str]]] = {
    "event_log": re.compile(r"Windows/EventLog/[A-Za-z0-9 ._%()-]{1,150}\.evtx"),
    "query_usb": re.compile(r"Queries/usb\.json"),
    "query_power": re.compile(r"Queries/power\.json"),
    "query_network": re.compile(r"Queries/network\.json"),
    "query_processes": re.compile(r"Queries/processes\.json"),
    "query_updates": re.compile(r"Queries/updates\.json"),
    "query_time": re.compile(r"Queries/time\.json"),
    "app_log": re.compile(r"App/SkypeRoomSystem/[A-Za-z0-9 ._-]{1,100}\.log"),
    "teams_log": re.compile(r"App/Teams/Logs\.txt"),
    "agent_log": re.compile(r"Agent/ServicePortalAgent[A-Za-z0-9_-]{0,60}\.log"),
    "activity": re.compile(r"Activity/activity\.jsonl"),
}

# The app and the agent write logs under these names, with a date and a number behind them.
_STAMP: Final = r"(?:[._-]?20\d\d-?\d\d-?\d\d)?(?:[._-]\d{1,3})?"
KNOWN_LOGS: Final[dict[str, re.Pattern[str]]] = {
    "app_log": re.compile(
        rf"(?:SkypeRoomSystem|SkypeRoomSystemApp|SRS-App|TeamsRooms|MTR|Deskflow){_STAMP}\.log"
    ),
    "agent_log": re.compile(rf"ServicePortalAgent{_STAMP}\.log"),
}


def check_names(names: Iterable[str]) -> None:
    """Refuse names that would lead elsewhere, or to the same file on some system."""
    seen: set[str] = set()
    for name in names:
        if not is_plain(name):
            raise RefusedBundle("path")
        folded = name.casefold()
        if folded in seen:
            raise RefusedBundle("duplicate")
        seen.add(folded)


def is_plain(name: str) -> bool:
    """Whether it is a relative path with forward slashes and nothing special in it."""
    return 0 < len(name) <= LONGEST and all(_is_plain(part) for part in name.split("/"))


def _is_plain(part: str) -> bool:
    return (
        _SEGMENT.fullmatch(part) is not None
        and part[-1] not in " ."
        and not _DEVICES.fullmatch(part.partition(".")[0].rstrip())
    )


def stands_right(kind: str, path: str) -> bool:
    """Whether a file of that kind may stand there."""
    return PLACES[kind].fullmatch(path) is not None


def kept_path(kind: str, path: str, number: int) -> str:
    """The path under which a file is kept. `number` is from 1, among the files of its kind.

    What a device calls a log is text of its own: a name that no such log has is not kept.
    """
    known = KNOWN_LOGS.get(kind)
    folder, _, name = path.rpartition("/")
    if known is None or known.fullmatch(name):
        return path
    return f"{folder}/{kind.replace('_', '-')}-{number}.log"


def channel_of(path: str) -> str:
    """The event log's channel, whose slash is written %4 in the name of its file."""
    return path.removeprefix(EVENT_LOGS).removesuffix(".evtx").replace("%4", "/")
