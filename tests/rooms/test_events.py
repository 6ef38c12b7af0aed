"""The parser of event records: what it reads, what it refuses, and that it never just fails."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fleet.descriptions import (
    EXCHANGE,
    SIGN_INS,
    Component,
    DisplayCount,
    MalformedRecord,
    parse_description,
)
from tests.fleet.events import CHANNEL, SHAPES, SOURCE, EventId, parse_line

PAYLOAD = {
    "Description": (
        "Network status : Healthy. Exchange status : Connected."
        " Signin status: Unhealthy. Teams Signin status: Healthy."
    ),
    "ResourceState": "Unhealthy",
    "OperationName": "Heartbeat",
    "OperationResult": "Fail",
    "OS": "Windows 10",
    "OSVersion": "10.0.19044.1889",
    "Alias": "lab@contoso.example",
    "DisplayName": "Yosemite conference room",
    "AppVersion": "4.13.132.0",
    "IPv4Address": "10.10.10.10",
    "IPv6Address": "fe80::1%5",
}
HARDWARE = (
    "Conference Microphone status : Unhealthy. Conference Speaker status : Healthy."
    " Default Speaker status : Healthy. Camera status : Healthy."
    " Front of Room Display status : Unhealthy. Configured display count is 2."
    " Real display count is 0. Motion Sensor status : Healthy. HDMI Ingest status : Healthy."
    " Content Camera status : Healthy. "
)


def line(event: str = "2001", *, outer: dict[str, Any] | None = None, **payload: Any) -> str:
    level, operation, result = SHAPES[EventId(event)]
    message = {**PAYLOAD, "OperationName": operation, "OperationResult": result, **payload}
    message = {key: value for key, value in message.items() if value is not None}
    return json.dumps(
        {
            "TimeCreated": "2022-08-29T07:41:12.5+02:00",
            "Id": int(event),
            "LevelDisplayName": level,
            "LogName": CHANNEL,
            "ProviderName": SOURCE,
            "Message": json.dumps(message),
            **(outer or {}),
        }
    )


def words(text: str) -> dict[Component, str]:
    return {reading.component: reading.word for reading in parse_description(text).readings}


def test_heartbeat_is_read_whole():
    record = parse_line(line())
    assert record.written_at == datetime(2022, 8, 29, 5, 41, 12, 500000, tzinfo=UTC)
    assert record.event == EventId.HEARTBEAT_FAILED
    assert record.is_error
    assert not record.healthy
    assert record.alias == "lab@contoso.example"
    assert record.app_version == "4.13.132.0"
    assert record.ipv4 == IPv4Address("10.10.10.10")
    assert record.ipv4_second is None
    assert record.ipv6 == IPv6Address("fe80::1")
    assert words(PAYLOAD["Description"]) == {
        Component.NETWORK: "Healthy",
        Component.EXCHANGE: "Connected",
        Component.SKYPE_SIGN_IN: "Unhealthy",
        Component.TEAMS_SIGN_IN: "Healthy",
    }


def test_second_address_is_read():
    assert parse_line(line(IPv4Address2="10.0.0.9")).ipv4_second == IPv4Address("10.0.0.9")


def test_empty_account_is_no_fault():
    record = parse_line(line(Alias="", DisplayName=""))
    assert (record.alias, record.display_name) == ("", "")


def test_display_counts_are_read():
    described = parse_description(HARDWARE)
    assert described.displays == DisplayCount(configured=2, real=0)
    assert len(described.readings) == 8
    assert described.unknown == ()


@pytest.mark.parametrize(
    "text",
    [
        "Signin status: Unhealthy.Could not reach it. Teams Signin status: Healthy.",
        "Signin status : Unhealthy. Could not reach it. Teams Signin status :Healthy.",
        "Signin status: Unhealthy Teams Signin status: Healthy",
    ],
)
def test_free_text_and_spacing_do_not_confuse(text):
    assert words(text) == {
        Component.SKYPE_SIGN_IN: "Unhealthy",
        Component.TEAMS_SIGN_IN: "Healthy",
    }


def test_sign_in_code_is_found():
    [exchange] = parse_description("Exchange status : code : AADSTS50126.").readings
    assert (exchange.well, exchange.code) == (False, "AADSTS50126")
    [teams] = parse_description("Teams Signin status: Unhealthy.See AADSTS53003, x.").readings
    assert (teams.well, teams.code) == (False, "AADSTS53003")


def test_connecting_is_neither_well_nor_ill():
    [exchange] = parse_description("Exchange status : Connecting.").readings
    assert exchange.well is None


def test_unknown_component_is_named_and_kept_out():
    described = parse_description("Lava Lamp status : Healthy. Camera status : Healthy.")
    assert described.unknown == ("Lava Lamp",)
    assert [reading.component for reading in described.readings] == [Component.CAMERA]


def test_unknown_key_is_named():
    assert parse_line(line(Mood="sunny")).unknown_keys == ("Mood",)


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("", "no JSON"),
        ("[]", "no JSON object"),
        ("[" * 5000, "no JSON"),
        (line(outer={"LogName": "Application"}), "LogName"),
        (line(outer={"ProviderName": "Other"}), "ProviderName"),
        (line(outer={"Id": 2002}), "Id is none of"),
        (line(outer={"LevelDisplayName": "Information"}), "LevelDisplayName"),
        (line(outer={"TimeCreated": "yesterday"}), "TimeCreated"),
        (line(outer={"TimeCreated": "2022-08-29T07:41:12"}), "offset"),
        (line(outer={"TimeCreated": "0001-01-01T00:00:00+23:59"}), "TimeCreated"),
        (line(outer={"Message": "not JSON"}), "Message"),
        (line(outer={"Message": {"Description": ""}}), "Message"),
        (line(Alias=None), "Alias"),
        (line(Alias="a\x00b"), "Alias"),
        (line(DisplayName="\ud800"), "DisplayName"),
        (line(DisplayName="x" * 300), "DisplayName"),
        (line(AppVersion="newest"), "AppVersion"),
        (line(OSVersion="10.0"), "OSVersion"),
        (line(IPv4Address="10.0.0.256"), "IPv4Address"),
        (line(IPv6Address="::1::"), "IPv6Address"),
        (line(ResourceState="Fine"), "ResourceState"),
        (line(OperationName="Restart"), "OperationName"),
        (line(Description="Camera status : Purple."), "Camera"),
        (line(Description="Exchange status : Healthy."), "Exchange"),
        (
            line(Description="Camera status : Healthy. Camera status : Unhealthy."),
            "speaks twice of Camera",
        ),
    ],
)
def test_malformed_record_says_what_is_wrong(broken, said):
    with pytest.raises(MalformedRecord, match=said):
        parse_line(broken)


def test_refusal_never_repeats_a_value():
    secret = "asha.rao@contoso.example"
    for broken in (
        line(Description=f"Camera status : {secret}."),
        line(AppVersion=secret),
        line(IPv4Address=secret),
        line(ResourceState=secret),
        line(outer={"TimeCreated": secret}),
    ):
        with pytest.raises(MalformedRecord) as refused:
            parse_line(broken)
        assert secret not in str(refused.value)


# A busy machine is no failure of the parser.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def refusal(read: Callable[[str], object], text: str) -> str | None:
    """The words of a refusal; any other exception goes through and fails the test."""
    try:
        read(text)
    except MalformedRecord as refused:
        return str(refused)
    return None


@unhurried
@given(st.text() | json_values.map(json.dumps))
def test_any_text_is_refused_in_words(text):
    assert refusal(parse_line, text)


@unhurried
@given(st.sampled_from(sorted(PAYLOAD)), json_values, st.sampled_from(list(EventId)))
def test_any_value_in_a_record_is_read_or_refused(key, value, event):
    assert refusal(parse_line, line(event, **{key: value})) != ""


PIECES = [":", " : ", ".", " ", "status", "Healthy", "Unhealthy", "code : AADSTS50126"]


@unhurried
@given(st.lists(st.sampled_from([*(f"{name} status" for name in Component), *PIECES])))
def test_any_order_of_the_words_is_read_or_refused(pieces):
    assert refusal(parse_description, "".join(pieces)) != ""


def statuses(component: Component) -> st.SearchStrategy[str]:
    if component == Component.EXCHANGE:
        return st.sampled_from([*EXCHANGE, "code : AADSTS50055"])
    plain = ["Healthy", "Unhealthy", "Unhealthy.Something went wrong, twice"]
    return st.sampled_from([*plain, "NotApplicable"] if component in SIGN_INS else plain)


descriptions = st.lists(st.sampled_from(list(Component)), unique=True, max_size=12).flatmap(
    lambda parts: st.tuples(
        *(
            st.tuples(st.just(part), st.sampled_from([" : ", ": ", " :"]), statuses(part))
            for part in parts
        )
    )
)


@unhurried
@given(descriptions, st.sampled_from([" ", "", "  "]))
def test_written_description_reads_back(parts, gap):
    text = gap.join(f"{part} status{colon}{word}." for part, colon, word in parts)
    expected = {part: word.split(".")[0].split(" ")[0] for part, _, word in parts}
    assert words(text) == expected
    assert parse_description(text).unknown == ()


@unhurried
@given(
    st.datetimes(
        min_value=datetime(2015, 1, 1), max_value=datetime(2090, 1, 1),  # noqa: DTZ001 - the zone is drawn
        timezones=st.sampled_from([UTC]),
    ),
    st.sampled_from(list(EventId)),
)  # fmt: skip
def test_moment_and_event_read_back(moment, event):
    record = parse_line(line(event, outer={"TimeCreated": moment.isoformat()}))
    assert record.written_at == moment
    assert record.event == event
