"""The public keys of devices, and why a key may not be used."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NoReturn

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey

from rooms.device_api import door
from rooms.device_api.problems import Refused

_KEY: Final = "select public, state from device.key(%s)"
_CURVE: Final = SECP256R1()

# The points of keys that were active when they were first seen. A name never gets another point, so
# nothing here grows old; whether the key is still active is asked where work is done, in the same
# transaction. 65 bytes each, with the name about 20 MB in all.
_MOST_POINTS: Final = 100_000
_points: Final[dict[str, bytes]] = {}

# The states of device.key and of the functions that ask it, and what the device is told.
_REFUSALS: Final = {
    "revoked": "device_revoked",
    "tenant_left": "tenant_left",
    "unenrolled": "not_enrolled",
    "unknown": "unknown_key",
    "unknown_key": "unknown_key",
    "replayed": "replayed",
}


def device_key(region: str, name: str) -> EllipticCurvePublicKey:
    """The key of a device, to verify with. Refused: unknown_key, device_revoked, tenant_left,
    not_enrolled.

    Verifying says who asks, never that they still may: the function of the schema `device` that
    does the work looks at the key's state itself.
    """
    point = _points.get(name)
    if point is None:
        point = _active_point(region, name)
        if len(_points) >= _MOST_POINTS:
            _points.clear()
        _points[name] = point
    return _key_at(point)


@lru_cache(maxsize=10_000)
def _key_at(point: bytes) -> EllipticCurvePublicKey:
    """A point made ready to verify with. 2 kB each, hence a tenth of the points."""
    return EllipticCurvePublicKey.from_encoded_point(_CURVE, point)


def _active_point(region: str, name: str) -> bytes:
    row = door.ask(region, _KEY, [name])
    if row is None:
        raise Refused("unknown_key")
    point, state = row
    if state != "active":
        refuse(state)
    return bytes(point)


def refuse(state: str) -> NoReturn:
    """Refused for the state that a function of the schema `device` returned."""
    raise Refused(_REFUSALS[state])
