"""What one text becomes: marks, masks and numbers, what stays, and what is refused."""

from __future__ import annotations

import base64
import os

import pytest

from diagnostics.redaction import CannotJudge, Kind, Mask, cut, cut_fields, judge_line, limits

HEAD = "2022-06-14 09:12:33.123 [INFO] Calendar: "


def test_subject_is_cut_and_machine_words_behind_it_stay() -> None:
    done = cut(HEAD + "Subject: Layoffs in Kassel; MeetingId=12; state=ready")
    assert done.text == HEAD + "Subject: [cut: meeting subject]; MeetingId=12; state=ready"
    assert [one.kind for one in done.cuts] == [Kind.SUBJECT]
    assert not done.masks


def test_document_keeps_its_form_around_what_is_cut() -> None:
    text = '{ "subject":"a \\"b\\"",  "id":4, "body":{"contentType":"html","content":"x y"} }'
    assert cut(text).text == (
        '{ "subject":"[cut: meeting subject]",  "id":4, "body":"[cut: meeting body]" }'
    )


def test_same_person_gets_the_same_number_and_another_the_next() -> None:
    done = cut("Organizer: Jane Doe\nPresenter: John Roe\nsigned in as Jane Doe")
    assert done.text == "Organizer: [person 1]\nPresenter: [person 2]\nsigned in as [person 1]"
    assert done.masks == (
        Mask(1, Kind.PERSON, "Jane Doe"),
        Mask(2, Kind.PERSON, "John Roe"),
    )


def test_known_masks_go_on_in_the_next_text() -> None:
    first = cut("Organizer: Jane Doe")
    done = cut("signed in as Jane Doe, mail to j.doe@contoso.com", known=first.masks)
    assert done.text == "signed in as [person 1], mail to [e-mail 2]"


def test_marks_that_the_text_brings_are_not_given_again() -> None:
    assert cut("[person 7] called; Organizer: Jane Doe").text.endswith("[person 8]")


def test_rooms_own_account_is_named_as_such() -> None:
    done = cut("Alias room@contoso.com, guest j@contoso.com", own=("Room@contoso.com",))
    assert done.text == "Alias [room account 1], guest [e-mail 2]"


def test_well_known_ids_stay_and_ids_of_users_go() -> None:
    done = cut("S-1-5-18 saw S-1-5-21-1004336348-1177238915-682003330-1001")
    assert done.text == "S-1-5-18 saw [user id 1]"


def test_security_event_keeps_its_heading() -> None:
    text = "Logged on.\nSubject:\n\tSecurity ID:\t\tS-1-5-18\n\tLogon ID:\t\t0x3E7"
    assert cut(text).text == text


def test_body_goes_to_the_end_of_its_entry_and_no_further() -> None:
    text = HEAD + "body: first\n\n2022-06-14 10:00 agenda\nlast\n" + HEAD + "camera ready"
    done = cut(text)
    assert "agenda" not in done.text
    assert "last" not in done.text
    assert done.text.endswith(HEAD + "camera ready")


def test_mark_with_more_behind_it_is_cut_again() -> None:
    assert "secret" not in cut("Subject: [cut: meeting subject] secret plan").text


def test_media_in_a_text_is_cut_by_what_it_is() -> None:
    png = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(range(40))).decode()
    assert cut(f"thumb {png} end").text == "thumb [cut: media] end"


def test_source_tells_what_a_text_is_about() -> None:
    assert cut("text: hello you all").text == "text: hello you all"
    assert cut("text: hello you all", source="Teams/chat.log").text == "text: [cut: chat]"


def test_line_is_judged_without_change() -> None:
    findings = judge_line("Subject: Layoffs")
    assert [(one.kind, one.start, one.end) for one in findings] == [(Kind.SUBJECT, 9, 16)]
    assert judge_line("camera ready") == ()


def test_fields_are_cut_at_any_depth_keys_too() -> None:
    done = cut_fields(
        {"a": [{"Subject": "Layoffs", "n": 1}], "mail j@contoso.com": None, "DisplayName": "Hub"}
    )
    assert done.fields == {
        "a": [{"Subject": "[cut: meeting subject]", "n": 1}],
        "mail [e-mail 1]": None,
        "DisplayName": "Hub",
    }
    assert [one.kind for one in done.cuts] == [Kind.SUBJECT]
    assert done.masks == (Mask(1, Kind.EMAIL, "j@contoso.com"),)


def test_harmless_fields_come_back_as_they_were() -> None:
    fields = {"state": "ready", "n": [1, 2.5, True, None]}
    assert cut_fields(fields).fields == fields


def _deep(levels: int) -> str:
    return '{"a":' * levels + "1" + "}" * levels


def _wrapped(times: int) -> str:
    text = "Subject: x"
    for _ in range(times):
        text = base64.b64encode(text.encode()).decode()
    return text


@pytest.mark.parametrize(
    "text",
    [
        "a\x00b",
        "\x01\x02\x03\x04\x05\x06\x07\x08" * 4,
        "�" * 200,
        "x" * (limits.LINE_CHARS + 1),
        "x y\n" * (limits.TEXT_CHARS // 4 + 1),
        '{"user": ' + _deep(limits.DOCUMENT_DEPTH + 1) + ', "subject": 1}',
        _wrapped(limits.NESTING + 1),
        "subject=%" + "25" * (limits.DECODINGS + 2) + "41",
        "blob " + base64.b64encode(os.urandom(limits.OPAQUE_BYTES)).decode(),
    ],
    ids=["nul", "bytes", "lost", "line", "long", "deep", "nested", "percent", "opaque"],
)
def test_what_cannot_be_judged_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(CannotJudge) as refused:
        cut(text)
    assert refused.value.reason.endswith(".")


def test_fields_that_no_document_has_are_refused() -> None:
    deep: dict[str, object] = {}
    for _ in range(limits.DOCUMENT_DEPTH + 1):
        deep = {"a": deep}
    for fields in (deep, {"a": object()}, {"a": float("nan")}, {1: "x"}):
        with pytest.raises(CannotJudge):
            cut_fields(fields)  # type: ignore[arg-type] # what a broken parser might hand over
