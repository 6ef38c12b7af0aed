"""Documents of one form, such as the data of the same event: what is asked of each of their texts
is found out once, and then asked of every document of the form."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_lowercase
from typing import Any

from diagnostics.redaction.documents import Node, find_documents
from diagnostics.redaction.edits import Edit
from diagnostics.redaction.findings import Kind
from diagnostics.redaction.guard import finds_nothing
from diagnostics.redaction.persons import is_name
from diagnostics.redaction.spelling import plain
from diagnostics.redaction.trees import asks_values, judge_document
from diagnostics.redaction.words import Context

About = frozenset[Context]


@dataclass(frozen=True, slots=True)
class Question:
    """That nothing is to be found in a text, in this context; `person`: nor may it be a name."""

    about: About
    person: bool = False

    def refuses(self, text: str) -> bool:
        """Whether the text is a name where none may stand."""
        return self.person and is_name(plain(text))


def stand_in(number: int) -> str:
    """A text for the place of one: words that no list holds, and that could be a name."""
    return f"quazorb {ascii_lowercase[number // 26 % 26]}{ascii_lowercase[number % 26]}velk"


def asked_of(
    documents: Sequence[Any], leaves: int, about: About
) -> list[frozenset[Question]] | None:
    """What is to be asked of each leaf of documents that hold stand-ins, numbered from 0.

    None when a document of this form cannot be judged by its leaves: something in it is cut
    whatever it says, or one value decides what another is.
    """
    asked: list[set[Question]] = [set() for _ in range(leaves)]
    known = {stand_in(number): number for number in range(leaves)}
    clear = True

    def judge(text: str, context: About) -> list[Edit]:
        nonlocal clear
        if text in known:
            asked[known[text]].add(Question(context))
        elif not finds_nothing(text, context):
            clear = False
        return []

    for one in documents:
        written = json.dumps(one, ensure_ascii=False)
        node = _whole(written)
        if node is None or _one_tells_of_another(one):
            return None
        for edit in judge_document(node, None, about, judge):
            text = written[edit.start : edit.end]
            if edit.kind is not Kind.PERSON or text not in known:
                return None
            asked[known[text]] |= {
                Question(question.about, person=True) for question in asked[known[text]]
            }
    return [frozenset(one) for one in asked] if clear else None


def _one_tells_of_another(data: Any) -> bool:
    """Whether a value in it says what its neighbours are, as a type or a name does."""
    if isinstance(data, dict):
        return any(
            asks_values(key) if isinstance(value, str) else _one_tells_of_another(value)
            for key, value in data.items()
        )
    return isinstance(data, list) and any(map(_one_tells_of_another, data))


def _whole(written: str) -> Node | None:
    found = find_documents(written)
    return found[0] if len(found) == 1 and found[0].end == len(written) else None
