"""The command keys of a region: Ed25519, replaced while the old one is still trusted.

A key's id is made of the key itself, so no two keys share one. A device learns its first keys
when it enrols, and later ones from a list that a key it trusts has signed.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from rooms.commands.envelope import SIGNATURE, Malformed, moment, signature_of, to_sign

KEYS_PREFIX: Final = b"rooms-ops command keys v1\n"
RAW_SIZE: Final = 32
MOST_KEYS: Final = 8


class BadKeys(ValueError):
    """A list of keys that is not to be trusted, or a key that cannot be one."""


def key_id_of(raw: bytes) -> str:
    """The name of a public key: the beginning of its SHA-256."""
    return "CK-" + sha256(raw).hexdigest()[:24]


@dataclass(frozen=True)
class PublicKey:
    """A public key with the time in which commands may be issued under it."""

    raw: bytes
    begins_at: datetime
    ends_at: datetime

    def __post_init__(self) -> None:
        """Raises BadKeys."""
        if len(self.raw) != RAW_SIZE:
            raise BadKeys("A public key has 32 bytes.")
        if self.begins_at.tzinfo is None or self.ends_at.tzinfo is None:
            raise BadKeys("A key's times are aware.")
        if self.ends_at <= self.begins_at:
            raise BadKeys("A key ends after it begins.")

    @property
    def key_id(self) -> str:
        """Its name."""
        return key_id_of(self.raw)

    def is_valid(self, at: datetime) -> bool:
        """Whether commands may be issued under it at that moment."""
        return self.begins_at <= at < self.ends_at

    def holds(self, signature: bytes, signed: bytes) -> bool:
        """Whether it made this signature over these bytes."""
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, signed)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class CommandKey:
    """A private key with its public half."""

    private: Ed25519PrivateKey = field(repr=False)
    public: PublicKey

    @classmethod
    def from_seed(cls, seed: bytes, begins_at: datetime, ends_at: datetime) -> CommandKey:
        """The key of these 32 bytes. Raises BadKeys."""
        if len(seed) != RAW_SIZE:
            raise BadKeys("A seed has 32 bytes.")
        private = Ed25519PrivateKey.from_private_bytes(seed)
        raw = private.public_key().public_bytes_raw()
        return cls(private, PublicKey(raw, begins_at, ends_at))


@dataclass(frozen=True)
class KeyRing:
    """The keys with which one region signs."""

    region: str
    keys: tuple[CommandKey, ...]

    def signer(self, at: datetime) -> CommandKey:
        """The newest key that is valid. Raises BadKeys when none is: nothing leaves unsigned."""
        valid = [key for key in self.keys if key.public.is_valid(at)]
        if not valid:
            raise BadKeys(f"The region {self.region} has no command key for this time.")
        return max(valid, key=lambda key: (key.public.begins_at, key.public.key_id))


@dataclass(frozen=True)
class TrustedKeys:
    """What a device trusts: its region, and that region's keys. `serial` only ever grows."""

    region: str
    keys: tuple[PublicKey, ...]
    serial: int = 0

    def find(self, key_id: str) -> PublicKey | None:
        """The key of that name, valid or not."""
        return next((key for key in self.keys if key.key_id == key_id), None)

    def to_json(self) -> dict[str, Any]:
        """As JSON values: how a list of keys travels, and how a device keeps it."""
        return {
            "region": self.region,
            "serial": self.serial,
            "keys": [
                {
                    "public": base64.b64encode(key.raw).decode(),
                    "begins_at": moment(key.begins_at),
                    "ends_at": moment(key.ends_at),
                }
                for key in self.keys
            ],
        }

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> TrustedKeys:
        """From JSON values. Raises BadKeys."""
        try:
            region, serial, listed = told["region"], told["serial"], told["keys"]
            if not isinstance(region, str) or type(serial) is not int:
                raise BadKeys("A list of keys names its region and its serial.")
            if not isinstance(listed, list) or not 1 <= len(listed) <= MOST_KEYS:
                raise BadKeys(f"A list has from one to {MOST_KEYS} keys.")
            return cls(region, tuple(_key(one) for one in listed), serial)
        except (KeyError, TypeError, binascii.Error) as error:
            raise BadKeys("This is no list of keys.") from error


def _key(told: Mapping[str, Any]) -> PublicKey:
    try:
        begins_at, ends_at = (
            datetime.fromisoformat(told[name]) for name in ("begins_at", "ends_at")
        )
        return PublicKey(base64.b64decode(told["public"], validate=True), begins_at, ends_at)
    except ValueError as error:
        raise BadKeys("This is no key of a list.") from error


def sign_keys(
    ring: KeyRing, keys: Iterable[PublicKey], serial: int, at: datetime
) -> dict[str, Any]:
    """A list of the region's keys, signed by the key that is in use.

    While keys overlap, sign with a ring in which the new key has not begun yet: devices then still
    know the signer.
    """
    signer = ring.signer(at)
    told = TrustedKeys(ring.region, tuple(keys), serial).to_json()
    told["key_id"] = signer.public.key_id
    signature = signer.private.sign(to_sign(told, KEYS_PREFIX))
    return told | {SIGNATURE: base64.b64encode(signature).decode()}


def trust_keys(trusted: TrustedKeys, sent: Mapping[str, Any], at: datetime) -> TrustedKeys:
    """The keys to trust from now on, if a trusted and valid key signed the list. Raises BadKeys.

    An older list than the one in use is refused, so that no key comes back that was taken away.
    """
    told = TrustedKeys.from_json(sent)
    signer = trusted.find(str(sent.get("key_id")))
    if signer is None or not signer.is_valid(at):
        raise BadKeys("No trusted key signed the list.")
    try:
        holds = signer.holds(signature_of(sent), to_sign(sent, KEYS_PREFIX))
    except Malformed as error:
        raise BadKeys(str(error)) from error
    if not holds:
        raise BadKeys("The signature of the list does not hold.")
    if told.region != trusted.region:
        raise BadKeys("These are the keys of another region.")
    if told.serial <= trusted.serial:
        raise BadKeys("A newer list is in use.")
    return told


def trust_first(region: str, sent: Mapping[str, Any], at: datetime) -> TrustedKeys:
    """The first list that a device gets, over the line on which it enrolled. Raises BadKeys.

    Nobody vouches for it but that line; it must fit together all the same, so that a list which
    was damaged on the way is not taken.
    """
    told = TrustedKeys.from_json(sent)
    return trust_keys(TrustedKeys(region, told.keys, told.serial - 1), sent, at)
