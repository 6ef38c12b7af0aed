"""The one error of this package."""

from __future__ import annotations


class TpmRefusal(Exception):
    """What a device sent is not acceptable.

    `code` names the reason for the record; `sentence` says to a person what is wrong. Neither
    holds a secret or a byte of what was sent.
    """

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
