"""The tags of the look: they escape, they name things for readers, they refuse what is wrong."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.template import Context, TemplateSyntaxError, engines

from portal.statuses import LOOKS
from rooms.states import DeviceState, LinkState, RoomStatus, Severity, SignalStatus
from tests.html_lint import problems

NOW = datetime(2026, 11, 22, 5, 24, 30, 123456, tzinfo=UTC)
EVIL = '<script>alert("x")</script>'
SAFE = "&lt;script&gt;"


def draw(text: str, **values: Any) -> str:
    """Render a template at a fixed time."""
    context = Context({"shell": SimpleNamespace(now=NOW), **values})
    return engines["django"].engine.from_string("{% load ui %}" + text).render(context)


# -- Marks ---------------------------------------------------------------------------------------


def test_icon_unknown_is_refused() -> None:
    with pytest.raises(TemplateSyntaxError, match="no icon named"):
        draw('{% icon "unicorn" %}')


def test_icon_alone_has_a_name_and_beside_text_has_none() -> None:
    assert 'aria-hidden="true"' in draw('{% icon "key" %}')
    assert 'role="img" aria-label="Closed"' in draw('{% icon "lock" label="Closed" %}')


@pytest.mark.parametrize("state", LOOKS)
def test_status_tells_by_word_and_icon(state: str) -> None:
    html = draw("{% status state %}", state=state)
    assert LOOKS[state].word in html
    assert "<use href=" in html


@pytest.mark.parametrize("state", ["Needs action", "NEEDS-ACTION", "needs_action"])
def test_status_reads_any_spelling(state: str) -> None:
    assert "Needs action" in draw("{% status state %}", state=state)


def test_status_unknown_shows_its_word_escaped() -> None:
    assert SAFE in draw("{% status state %}", state=EVIL).lower()
    assert "Unknown" in draw("{% status None %}")


def test_pill_of_a_strange_tone_is_refused() -> None:
    with pytest.raises(TemplateSyntaxError, match="no tone"):
        draw('{% pill "purple" "x" %}')


def test_ident_escapes_everywhere_and_copies() -> None:
    html = draw("{% ident value label=value url=value %}", value=EVIL)
    assert "<script" not in html
    assert "data-copy=" in html
    assert "button" not in draw('{% ident "RM-1" copy=False %}')


def test_mask_says_withheld_and_takes_only_set_widths() -> None:
    assert "Withheld" in draw("{% mask 16 %}")
    with pytest.raises(TemplateSyntaxError):
        draw("{% mask width %}", width=len("secret"))


# -- Times -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(seconds=0.4), "now"),
        (timedelta(seconds=59), "59 s ago"),
        (timedelta(seconds=60), "1 min ago"),
        (timedelta(minutes=59, seconds=59), "59 min ago"),
        (timedelta(hours=1), "1 h ago"),
        (timedelta(days=3, hours=23), "3 d ago"),
        (timedelta(days=800), "2 y ago"),
        (-timedelta(minutes=30), "in 30 min"),
    ],
)
def test_when_relative_rounds_down(ago: timedelta, words: str) -> None:
    assert f">{words}</time>" in draw("{% when moment %}", moment=NOW - ago)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ('"absolute"', "05:12 UTC"),
        ('"both"', "05:12 UTC, 12 min ago"),
        ('"audit"', "2026-11-22 05:12:30.123 UTC"),
        ('"date"', "2026-11-22"),
        ('"local" zone="Asia/Tokyo"', "14:12 local"),
    ],
)
def test_when_styles(call: str, words: str) -> None:
    html = draw("{% when moment " + call + " %}", moment=NOW - timedelta(minutes=12))
    assert f">{words}</time>" in html
    exact = ".123" if "audit" in call else ""
    assert f'datetime="2026-11-22T05:12:30{exact}Z"' in html
    assert 'title="2026-11-22 05:12:30 UTC"' in html


def test_when_of_another_day_names_the_day_there() -> None:
    yesterday = NOW - timedelta(days=1)
    assert "2026-11-21 05:24 UTC" in draw('{% when moment "absolute" %}', moment=yesterday)
    late = NOW.replace(hour=23)
    assert ">08:24 local<" in draw(
        '{% when moment "local" zone="Asia/Tokyo" %}', moment=late, shell=SimpleNamespace(now=late)
    )


def test_when_never_has_its_own_word() -> None:
    assert "never" in draw("{% when None %}")
    assert "not yet" in draw('{% when None empty="not yet" %}')


def test_when_of_an_unknown_style_is_refused() -> None:
    with pytest.raises(TemplateSyntaxError):
        draw('{% when moment "vague" %}', moment=NOW)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (45, "45 s"), (900, "15 min"), (3600, "1 hour"), (5400, "1 hour 30 min")],
)
def test_duration_in_words(seconds: int, words: str) -> None:
    assert draw("{% duration seconds %}", seconds=seconds) == words


def test_countdown_ticks_for_eyes_and_says_the_end_to_readers() -> None:
    html = draw('{% countdown end grant="GR-1" %}', end=NOW + timedelta(minutes=41, seconds=18))
    assert 'aria-hidden="true">41:18<' in html
    assert 'data-ticks-for="GR-1"' in html
    assert "ends <time" in html
    assert ">0:00<" in draw("{% countdown end %}", end=NOW - timedelta(hours=1))


def test_timebar_of_half_the_time() -> None:
    html = draw("{% timebar a b %}", a=NOW - timedelta(hours=1), b=NOW + timedelta(hours=1))
    assert 'width="50"' in html
    assert "1 h left" in html


# -- Panels ----------------------------------------------------------------------------------------


def test_opened_names_the_grant_and_can_be_blanked() -> None:
    grant = SimpleNamespace(reference="GR-7F3K2M", ends_at=NOW + timedelta(hours=1), url="/g/")
    html = draw("{% opened grant %}{{ value }}{% endopened %}", grant=grant, value=EVIL)
    assert (
        f'data-grant="GR-7F3K2M" data-expires="{int(NOW.timestamp() + 3600) * 1000 + 123}"' in html
    )
    assert "your views are recorded" in html
    assert SAFE in html
    assert problems(html) == []


CLOSED = {
    "title": "Inventory of this room is closed",
    "why": "Nobody holds standing access.",
    "facts": [("Scope", "Room RM-1")],
    "ask_url": "/ask/",
    "ask_label": "Ask for access to this room",
    "other_url": "/other/",
}


@pytest.mark.parametrize("kind", [dict, SimpleNamespace])
def test_locked_offers_the_smallest_request(kind: type) -> None:
    html = draw("{% locked closed %}", closed=kind(**CLOSED))
    assert 'href="/ask/">Ask for access to this room<' in html
    assert "<dt>Scope</dt><dd>Room RM-1</dd>" in html
    assert problems(html) == []


@pytest.mark.parametrize(
    ("more", "shown", "absent"),
    [
        ({"waiting": "Asked 6 min ago.", "waiting_url": "/r/"}, "/r/", "/ask/"),
        ({"ready": {"start_url": "/start/", "label": "Start 1 hour now"}}, "/start/", "/ask/"),
        ({"ready": {"start_url": "/s/", "until": NOW}}, ", or until 05:24 UTC", "/ask/"),
        ({"remedy": "Finish your training."}, "Finish your training.", "/ask/"),
        ({"remedy": "Not yet.", "remedy_url": "/t/", "remedy_label": "Do"}, "/t/", "/ask/"),
    ],
)
def test_locked_changes_its_button_with_the_state(more: dict, shown: str, absent: str) -> None:
    html = draw("{% locked closed %}", closed=CLOSED | more)
    assert shown in html
    assert absent not in html


def test_locked_escapes_what_it_is_given() -> None:
    html = draw(
        "{% locked closed %}", closed=dict.fromkeys(CLOSED, EVIL) | {"facts": [(EVIL, EVIL)]}
    )
    assert "<script" not in html


def test_bar_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(TemplateSyntaxError):
        draw('{% bar "purple" %}x{% endbar %}')
    assert 'role="alert"' in draw('{% bar "bad" alert=True %}x{% endbar %}')


def test_empty_in_a_table_fills_its_row() -> None:
    assert '<td colspan="7">' in draw('{% empty "No rooms." colspan=7 %}')
    assert "<td" not in draw('{% empty "No rooms." %}')


def test_kv_shows_a_dash_for_nothing_and_escapes() -> None:
    html = draw("{% kv facts %}", facts=[("A", None), ("B", 0), ("C", EVIL)])
    assert "<dd>\N{EN DASH}</dd>" in html
    assert "<dd>0</dd>" in html
    assert SAFE in html


def test_timeline_shows_times_or_words() -> None:
    events = [
        {"at": NOW, "text": EVIL, "tone": "bad"},
        {"word": "pass", "text": "Fit", "tone": "ok"},
    ]
    html = draw("{% timeline events %}", events=events)
    assert "05:24 UTC" in html
    assert ">pass<" in html
    assert SAFE in html


def test_tabs_and_crumbs_mark_where_one_is() -> None:
    tabs = [{"label": "Status", "url": "/s/", "current": True}, {"label": "Devices", "url": "/d/"}]
    assert draw("{% tabs tabs %}", tabs=tabs).count('aria-current="page"') == 1
    html = draw("{% crumbs items %}", items=[("Rooms", "/r/"), ("RM-1", "")])
    assert '<li aria-current="page">RM-1</li>' in html


def test_confirm_names_its_dialog_and_carries_the_token() -> None:
    html = draw(
        '{% confirm id="e" trigger="End" title="End it now?" action="/end/" button="End access" %}'
        "<p>You can ask again.</p>{% endconfirm %}",
        csrf_token="token-of-the-page",
    )
    assert 'aria-labelledby="e-title"' in html
    assert "token-of-the-page" in html
    assert problems(html) == []


def test_cmd_is_a_link_a_button_or_an_opener() -> None:
    assert draw('{% cmd "Go" url="/x/" %}').startswith("<a ")
    assert 'form="f"' in draw('{% cmd "Send" form="f" %}')
    assert 'commandfor="d"' in draw('{% cmd "Ask" dialog="d" %}')


# -- Lists -----------------------------------------------------------------------------------------


def test_th_says_how_it_is_sorted() -> None:
    html = draw('{% th "Issue" url="?s" direction="descending" %}')
    assert 'aria-sort="descending"' in html
    assert "aria-sort" not in draw('{% th "Issue" url="?s" %}')
    with pytest.raises(TemplateSyntaxError):
        draw('{% th "Issue" direction="sideways" %}')


def test_pager_without_a_page_shows_a_button_that_does_nothing() -> None:
    html = draw('{% pager "" "/next/" "1 to 50" %}')
    assert html.count("disabled") == 1
    assert 'href="/next/"' in html


def test_chips_are_removable_and_the_menu_is_optional() -> None:
    chips = [{"label": "Status", "value": EVIL, "remove_url": "?x"}]
    html = draw("{% chips chips '/clear/' %}{% endchips %}", chips=chips)
    assert "Remove filter Status" in html
    assert "<script" not in html
    assert "Add filter" not in html
    assert "Add filter" in draw("{% chips chips %}<p>x</p>{% endchips %}", chips=[])


def test_segments_write_counts_with_commas() -> None:
    items = [{"label": "Unhealthy", "count": 1904, "url": "?u", "tone": "bad", "current": True}]
    html = draw('{% segments items label="Rooms" %}', items=items)
    assert "<b>1,904</b>" in html
    assert 'aria-current="true"' in html


def test_charts_have_names_and_tables() -> None:
    days = [(NOW.date(), "healthy", EVIL), (NOW.date(), "", "")]
    html = draw('{% bars90 days label="90 days" %}', days=days)
    assert "<script" not in html
    assert "Show as table" in html
    series = [{"label": EVIL, "tone": "bad", "values": [1, 2]}]
    html += draw('{% area series times label="Rooms" %}', series=series, times=[NOW, NOW])
    html += draw('{% spark numbers "3 events" %}', numbers=[1, 2])
    assert "<script" not in html
    assert problems(html) == []


def test_topo_says_the_fault_in_words_in_picture_and_list() -> None:
    nodes = [
        {"id": "pc", "label": EVIL, "state": "ok"},
        {
            "id": "tv",
            "label": "Display 1",
            "parent": "pc",
            "state": "fault",
            "words": "not detected",
        },
        {"id": "mic", "label": "Microphone", "parent": "pc", "state": "strange", "url": "/m/"},
    ]
    html = draw('{% topo nodes label="Connections" %}', nodes=nodes)
    assert html.count("not detected") == 3  # title, picture, list
    assert "1 fault" in html
    assert "state not known" in html
    assert "<script" not in html
    assert problems(html) == []


def test_every_state_and_severity_of_rooms_has_a_look() -> None:
    for states in (RoomStatus, Severity, SignalStatus, DeviceState, LinkState):
        for state in states:
            html = draw("{% status state %}", state=state)
            assert state == "unknown" or state.value in LOOKS, state
            assert "<svg" in html


def test_severity_where_nothing_is_wrong_is_a_word_without_alarm() -> None:
    assert 'class="pill bad"' in draw('{% severity "critical" %}')
    quiet = draw('{% severity "critical" quiet=True %}')
    assert quiet == '<span class="muted">Critical</span>'


def test_topo_draws_as_much_of_a_long_name_as_has_room() -> None:
    long = "MWM conference microphone array with ceiling mount, north-west corner"
    nodes = [{"id": "a", "label": long, "detail": long.upper(), "state": "ok"}]
    html = draw('{% topo nodes label="Connections" %}', nodes=nodes)
    drawn = re.findall(r"<text[^>]*>([^<]*)</text>", html)
    assert [len(line) for line in drawn] == [23, 21]
    assert all(line.endswith("…") for line in drawn)
    assert html.count(long) == 2  # in the title of the picture and in the list


# -- Fields ----------------------------------------------------------------------------------------


class AskForm(forms.Form):
    """One field of each kind."""

    reason = forms.CharField(min_length=20, help_text="What will you look for?")
    minutes = forms.ChoiceField(choices=[("15", "15 min"), ("30", EVIL)], widget=forms.RadioSelect)
    agreed = forms.BooleanField(label="Agreed")
    note = forms.CharField(required=False)
    page = forms.CharField(widget=forms.HiddenInput, required=False)


FORM = "{% error_summary form %}{% for field_ in form %}{% field field_ %}{% endfor %}"


def test_fields_are_tied_to_hint_and_error() -> None:
    html = draw(FORM, form=AskForm({"reason": "<b>short"}))
    assert 'aria-describedby="id_reason-hint id_reason-error"' in html
    assert 'aria-invalid="true"' in html
    assert '<a href="#id_minutes_0">' in html
    assert "&lt;b&gt;short" in html
    assert problems(html) == []


def test_fields_untouched_show_no_error() -> None:
    html = draw(FORM, form=AskForm())
    assert "aria-invalid" not in html
    assert "to mend" not in html
    assert "<fieldset" in html
    assert "(optional)" in html
    assert 'type="hidden"' in html
    assert problems(html) == []


def test_error_summary_counts_and_links() -> None:
    html = draw(FORM, form=AskForm({"reason": "short"}))
    assert "3 things to mend" in html
    assert '<a href="#id_reason">Reason</a>' in html
