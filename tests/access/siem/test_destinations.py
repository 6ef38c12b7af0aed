"""The setting that names receivers: what it says, and what it refuses."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from access.siem.destinations import parse
from access.siem.sinks import FileSink, SyslogSink, WebhookSink


def test_three_kinds_are_read():
    found = parse(
        "soc ocsf https://siem.example/in; flat cef syslog+tls://logs.example\n"
        "copy m365 file:///var/log/audit.jsonl"
    )
    assert [type(one.sink) for one in found] == [WebhookSink, SyslogSink, FileSink]
    assert found[1].sink.port == 6514


def test_nothing_is_nothing():
    assert parse("  \n ;") == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("soc ocsf", "is not `name format address`"),
        ("soc leef https://siem.example/", "is no format"),
        ("soc ocsf http://siem.example/", "is not file:///path"),
        ("soc ocsf syslog+tls://", "is not file:///path"),
        ("a ocsf file:///x; a cef file:///y", "names a destination twice"),
    ],
)
def test_mistake_is_named(text, said):
    with pytest.raises(ImproperlyConfigured, match=said):
        parse(text)
