"""Fields of asking and deciding: words with a limit that is counted, and lengths of time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from access.rules import says_something
from access.words import duration_text

USUAL_MINUTES = (15, 30, 60)


class WordsField(forms.CharField):
    """Text for people to read: counted in characters as people count, and never invisible.

    The limit is not given to the browser, which counts otherwise and cuts what is pasted.
    """

    widget = forms.Textarea

    def __init__(self, *, least: int = 0, most: int = 300, **options: Any) -> None:
        self.least, self.most = least, most
        super().__init__(**options)
        self.widget.attrs |= {"rows": 3, "spellcheck": "true"}

    def to_python(self, value: Any) -> str:
        """A line end is one character, however the browser sends it."""
        return str(super().to_python(value) or "").replace("\r\n", "\n")

    def validate(self, value: str) -> None:
        """Refuse with the count, so that the writer knows how much to mend."""
        super().validate(value)
        if not value:
            return
        if len(value) > self.most:
            raise ValidationError(
                f"At most {self.most} characters; this has {len(value)}.", code="long"
            )
        if not says_something(value):
            raise ValidationError("Write it in words; this has none.", code="blank")
        if len(value) < self.least:
            raise ValidationError(
                f"At least {self.least} characters; this has {len(value)}.", code="short"
            )


class MinutesField(forms.IntegerField):
    """A length of time in whole minutes, offered as tiles. Policy has the last word on the most."""

    widget = forms.RadioSelect

    def __init__(self, *, most: int, **options: Any) -> None:
        options.setdefault(
            "error_messages",
            {
                "required": "Choose a time.",
                "invalid": "Choose a time in whole minutes.",
                "min_value": "Choose a time of at least 1 minute.",
                "max_value": f"At most {duration_text(timedelta(minutes=most))}.",
            },
        )
        super().__init__(min_value=1, max_value=most, **options)

    def offer(self, minutes: Sequence[int], marked: int | None = None) -> None:
        """The tiles, shortest first; `marked` is the one that was asked for."""
        self.widget.choices = [
            (one, tile_text(one, asked=one == marked)) for one in sorted(set(minutes))
        ]


def tile_text(minutes: int, *, asked: bool = False) -> str:
    """The words on a tile."""
    text = duration_text(timedelta(minutes=minutes))
    return f"{text} (asked)" if asked else text


def minutes_of(duration: timedelta) -> int:
    """A length of time in whole minutes."""
    return int(duration.total_seconds() // 60)
