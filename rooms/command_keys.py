"""The command keys of this process, from its settings: workers sign, the device surface tells.

`manage.py make_command_keys` makes both halves. Only workers get the private one.
"""

from __future__ import annotations

import json
import logging
from functools import lru_cache
from typing import Any, Final

from django.conf import settings
from django.utils import timezone

from rooms.commands import BadKeys, KeyRing, TrustedKeys
from rooms.commands.rotation import read_key

logger = logging.getLogger(__name__)

HOW: Final = "make it with `manage.py make_command_keys`"


class NoCommandKey(LookupError):
    """This process has no half of the command keys that it needs. The text says which setting."""


def key_ring(region: str) -> KeyRing:
    """The keys with which a worker signs the commands of a region. Raises NoCommandKey."""
    text = settings.COMMAND_KEYS.get(region, "")
    if not text:
        raise NoCommandKey(f"Set COMMAND_KEYS_{region.upper()}, for workers only; {HOW}.")
    try:
        return _ring(region, text)
    except BadKeys as error:
        raise NoCommandKey(f"COMMAND_KEYS_{region.upper()}: {error}") from None


@lru_cache(maxsize=16)
def _ring(region: str, text: str) -> KeyRing:
    return KeyRing(region, tuple(read_key(word) for word in text.split()))


def trusted_list(region: str) -> dict[str, Any]:
    """The signed list of a region's public keys, as devices are told it. Raises NoCommandKey."""
    text = settings.COMMAND_KEY_LISTS.get(region, "")
    if not text:
        raise NoCommandKey(f"Set COMMAND_KEY_LIST_{region.upper()}; {HOW}.")
    try:
        return _list(text)
    except (ValueError, BadKeys):
        raise NoCommandKey(f"COMMAND_KEY_LIST_{region.upper()} is no list of keys.") from None


@lru_cache(maxsize=16)
def _list(text: str) -> dict[str, Any]:
    told = json.loads(text)
    TrustedKeys.from_json(told)
    return dict(told)


def listed_serial(region: str) -> int:
    """The number of the list, which every answer to a report tells; 0 where there is no list."""
    text = settings.COMMAND_KEY_LISTS.get(region, "")
    return int(trusted_list(region)["serial"]) if text else 0


def refuse_without_keys() -> None:
    """Raise NoCommandKey when a worker could sign nothing now in one of its regions."""
    at = timezone.now()
    for region in settings.PORTAL_REGIONS:
        try:
            key_ring(region).signer(at)
        except BadKeys as error:
            raise NoCommandKey(
                f"{error} Make the next one with `manage.py make_command_keys --next`, and give"
                f" it to workers as COMMAND_KEYS_{region.upper()}."
            ) from None


def say_what_is_missing() -> None:
    """Log which regions have no list of keys: devices that enrol there obey nobody."""
    for region in settings.PORTAL_REGIONS:
        try:
            trusted_list(region)
        except NoCommandKey as missing:
            logger.error("Devices of %s get no command keys: %s", region, missing)
