"""How the command keys of a region begin, follow each other and are taken away.

A new key is told to devices a while before it signs anything. The list is signed by the oldest key
that is still valid, for that is the one which a device that was away for long still knows.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from rooms.commands.keys import (
    MOST_KEYS,
    RAW_SIZE,
    BadKeys,
    CommandKey,
    KeyRing,
    PublicKey,
    sign_keys,
)

# With a new key every year, a device may have been away for a year and still follow.
LIFE: Final = timedelta(days=730)
# From the new list until the new key signs: by then every device that reports has the list.
NOTICE: Final = timedelta(days=7)
# The first key of a region is valid at once, also by a clock that is late.
EARLY: Final = timedelta(hours=1)


@dataclass(frozen=True)
class Held:
    """The private keys of a region, and the signed list of their public halves."""

    region: str
    keys: tuple[CommandKey, ...]
    listed: dict[str, Any]

    @property
    def serial(self) -> int:
        """The number of the list."""
        return int(self.listed["serial"])


def spell(key: CommandKey) -> str:
    """A private key as a setting writes it: begin/end/seed, RFC 3339 and hex."""
    begin, end = (
        at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        for at in (key.public.begins_at, key.public.ends_at)
    )
    return f"{begin}/{end}/{key.private.private_bytes_raw().hex()}"


def read_key(text: str) -> CommandKey:
    """A private key from a setting. Raises BadKeys, which never repeats the text."""
    parts = text.split("/")
    try:
        begin, end, seed = parts
        return CommandKey.from_seed(
            bytes.fromhex(seed), datetime.fromisoformat(begin), datetime.fromisoformat(end)
        )
    except ValueError as error:
        if isinstance(error, BadKeys):
            raise
        raise BadKeys("A command key is written as begin/end/seed: two times, and hex.") from None


def first(region: str, at: datetime) -> Held:
    """The first key of a region, valid from now on."""
    key = _made(at - EARLY)
    return Held(region, (key,), _list(region, (key.public,), 1, at, (key,)))


def following(held: Held, at: datetime) -> Held:
    """One more key, which signs commands once its notice is over. Keys that ended long ago go.

    Raises BadKeys when there are too many, or when no key is left that could sign the list.
    """
    kept = tuple(key for key in held.keys if key.public.ends_at > at - NOTICE)
    keys = (*kept, _made(at + NOTICE))
    if len(keys) > MOST_KEYS:
        raise BadKeys(f"There are {len(kept)} keys: take one away first.")
    return _listed(replace(held, keys=keys), at)


def without(held: Held, key_id: str, at: datetime) -> Held:
    """The others; devices stop to trust the key with the next list. Raises BadKeys."""
    keys = tuple(key for key in held.keys if key.public.key_id != key_id)
    if len(keys) == len(held.keys):
        raise BadKeys(f"There is no key {key_id} in {held.region}.")
    return _listed(replace(held, keys=keys), at)


def _made(begins_at: datetime) -> CommandKey:
    begin = begins_at.replace(microsecond=0)
    return CommandKey.from_seed(secrets.token_bytes(RAW_SIZE), begin, begin + LIFE)


def _listed(held: Held, at: datetime) -> Held:
    public = tuple(key.public for key in held.keys)
    return replace(held, listed=_list(held.region, public, held.serial + 1, at, held.keys))


def _list(
    region: str,
    public: tuple[PublicKey, ...],
    serial: int,
    at: datetime,
    keys: tuple[CommandKey, ...],
) -> dict[str, Any]:
    valid = [key for key in keys if key.public.is_valid(at)]
    if not valid:
        raise BadKeys(f"The region {region} has no valid command key that could sign the list.")
    oldest = min(valid, key=lambda key: (key.public.begins_at, key.public.key_id))
    return sign_keys(KeyRing(region, (oldest,)), public, serial, at)
