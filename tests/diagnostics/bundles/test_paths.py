"""Under which name a file of a bundle is kept."""

from __future__ import annotations

import pytest

from diagnostics.bundles.manifest import WHYS, LeftOut
from diagnostics.bundles.paths import PLACES, kept_path
from diagnostics.kinds import PartKind

APPS = "App/SkypeRoomSystem/"


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("app_log", APPS + "SkypeRoomSystem.log"),
        ("app_log", APPS + "SkypeRoomSystem-2022-09-14.log"),
        ("app_log", APPS + "SkypeRoomSystem20220914_01.log"),
        ("agent_log", "Agent/ServicePortalAgent.log"),
        ("agent_log", "Agent/ServicePortalAgent20220914.log"),
        ("event_log", "Windows/EventLog/Skype Room System.evtx"),
        ("query_usb", "Queries/usb.json"),
    ],
)
def test_known_name_is_kept(kind: str, path: str) -> None:
    assert PLACES[kind].fullmatch(path)
    assert kept_path(kind, path, 3) == path


@pytest.mark.parametrize(
    ("kind", "path", "kept"),
    [
        ("app_log", APPS + "Layoffs in Kassel.log", APPS + "app-log-3.log"),
        ("app_log", APPS + "SkypeRoomSystem-asha.log", APPS + "app-log-3.log"),
        ("app_log", APPS + "SkypeRoomSystem-1-2-3-4-5.log", APPS + "app-log-3.log"),
        ("app_log", APPS + "SkypeRoomSystem-49561123456.log", APPS + "app-log-3.log"),
        ("app_log", APPS + "app-log-1.log", APPS + "app-log-3.log"),
        ("agent_log", "Agent/ServicePortalAgent_asha.log", "Agent/agent-log-3.log"),
    ],
)
def test_other_name_is_replaced(kind: str, path: str, kept: str) -> None:
    assert PLACES[kind].fullmatch(path)
    assert kept_path(kind, path, 3) == kept


@pytest.mark.parametrize("why", sorted(WHYS))
def test_known_reason_is_kept(why: str) -> None:
    assert LeftOut(kind=PartKind.ACTIVITY, why=why.upper()).code == why


def test_other_reason_says_nothing() -> None:
    assert LeftOut(kind=PartKind.ACTIVITY, why="Kassel").code == "other"
