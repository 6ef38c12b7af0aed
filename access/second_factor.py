"""Second factors: the authenticator app (TOTP), recovery codes, and how both are set up.

A code works once. Wrong codes slow the next try down, for at most two minutes: whoever tries has
shown the password already, and a longer wait would let them lock the owner out.
"""

from __future__ import annotations

import re
import secrets
from base64 import b32encode
from dataclasses import dataclass
from typing import Any, Final

import segno
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from access.models import Staff
from access.residency import CONTROL

AUTHENTICATOR: Final = "totp"
RECOVERY: Final = "recovery"
RECOVERY_CODES: Final = 10
RECOVERY_DIGITS: Final = 12
# 2 ** (8 - 1) seconds is the longest wait between two tries.
MOST_FAILURES_COUNTED: Final = 8

_CODE = re.compile(r"\A(?:[0-9]{6}|[0-9]{12})\Z")
_GAPS = re.compile(r"[\s\u00a0-]+")


class CodeRefused(Exception):
    """The code does not count. `guessed` is true when it was a try that must be counted."""

    def __init__(self, sentence: str, *, reason: str, guessed: bool = True) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.reason = reason
        self.guessed = guessed


@dataclass(frozen=True)
class QrPicture:
    """A QR code as one SVG path: attributes only, so that the strict CSP lets it through."""

    side: int
    path: str


def cleaned(code: str) -> str:
    """The digits of a code as people type and paste it; empty when it cannot be one."""
    bare = _GAPS.sub("", code)
    return bare if _CODE.match(bare) else ""


def authenticator_of(staff: Staff) -> TOTPDevice | None:
    """The person's authenticator, if one is set up."""
    return TOTPDevice.objects.filter(user_id=staff.pk, confirmed=True).first()


def recovery_codes_left(staff: Staff) -> int:
    """How many recovery codes are still unused."""
    unused = StaticToken.objects.filter(device__user_id=staff.pk, device__confirmed=True)
    return int(unused.count())


def method_of(device: TOTPDevice | StaticDevice) -> str:
    """The word for this kind of second factor in the record."""
    return AUTHENTICATOR if isinstance(device, TOTPDevice) else RECOVERY


def verify(staff: Staff, code: str) -> TOTPDevice | StaticDevice:
    """The device whose code this is; the code is then used up. Raises CodeRefused.

    Commits by itself: a wrong try stays counted whatever the caller does next.
    """
    bare = cleaned(code)
    if not bare:
        raise CodeRefused("A code has 6 digits; a recovery code has 12.", reason="malformed")
    recovery = len(bare) == RECOVERY_DIGITS
    devices = StaticDevice.objects if recovery else TOTPDevice.objects
    with transaction.atomic(using=CONTROL, durable=True):
        device, refusal = _try(devices.filter(user_id=staff.pk, confirmed=True), bare)
    if refusal is not None:
        raise refusal
    return device


def begin_enrolment(staff: Staff) -> TOTPDevice:
    """A new authenticator that counts for nothing until a code confirms it.

    An earlier one that was never confirmed goes: only one set-up can be under way.
    """
    with transaction.atomic(using=CONTROL):
        TOTPDevice.objects.filter(user_id=staff.pk, confirmed=False).delete()
        return TOTPDevice.objects.create(
            user_id=staff.pk, name="Authenticator app", confirmed=False
        )


def pending_authenticator(staff: Staff, device_id: int | None) -> TOTPDevice | None:
    """The set-up under way with this id, if it is this person's and still the latest."""
    return TOTPDevice.objects.filter(pk=device_id, user_id=staff.pk, confirmed=False).first()


def confirm_first(staff: Staff, device_id: int, code: str) -> TOTPDevice:
    """Make the person's first authenticator count. Refused when they have one by now."""
    with transaction.atomic(using=CONTROL, durable=True):
        Staff.objects.select_for_update().get(pk=staff.pk)
        has_one = authenticator_of(staff) is not None
        device, refusal = (None, None) if has_one else _confirm(staff, device_id, code)
    if has_one:
        raise CodeRefused(
            "An authenticator is set up already. Sign in again with it.", reason="set up already"
        )
    if refusal is not None:
        raise refusal
    return device


def confirm_replacement(staff: Staff, device_id: int, code: str) -> TOTPDevice:
    """Make the new authenticator count, and the old one no longer."""
    with transaction.atomic(using=CONTROL, durable=True):
        Staff.objects.select_for_update().get(pk=staff.pk)
        device, refusal = _confirm(staff, device_id, code)
        if refusal is None:
            old = TOTPDevice.objects.filter(user_id=staff.pk, confirmed=True)
            old.exclude(pk=device.pk).delete()
    if refusal is not None:
        raise refusal
    return device


def give_authenticator(staff: Staff) -> TOTPDevice:
    """An authenticator that counts at once: for people who are seeded, never from a page."""
    return TOTPDevice.objects.create(user_id=staff.pk, name="Authenticator app", confirmed=True)


def renew_recovery_codes(staff: Staff) -> list[str]:
    """Ten new recovery codes; the earlier ones stop working. Only their digests are stored."""
    codes = [f"{secrets.randbelow(10**RECOVERY_DIGITS):0{RECOVERY_DIGITS}d}" for _ in range(10)]
    with transaction.atomic(using=CONTROL):
        StaticDevice.objects.filter(user_id=staff.pk).delete()
        device = StaticDevice.objects.create(user_id=staff.pk, name="Recovery codes")
        StaticToken.objects.bulk_create(
            StaticToken(device=device, token=_digest(code)) for code in codes
        )
    return [f"{code[:4]} {code[4:8]} {code[8:]}" for code in codes]


def secret_text(device: TOTPDevice) -> str:
    """The secret as authenticator apps take it by hand."""
    return b32encode(device.bin_key).decode().rstrip("=")


def qr_picture(device: TOTPDevice) -> QrPicture:
    """The set-up link of an authenticator as a QR code, with the quiet zone the standard asks."""
    rows = list(segno.make(device.config_url, error="m", micro=False).matrix_iter(border=4))
    dots = [f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dot in enumerate(row) if dot]
    return QrPicture(side=len(rows), path="".join(dots))


def _digest(code: str) -> str:
    """What is stored of a recovery code: 64 bits of an HMAC, as the column has 16 places."""
    return salted_hmac("access.recovery_code", code, algorithm="sha256").hexdigest()[:16]


def _confirm(staff: Staff, device_id: int, code: str) -> tuple[Any, CodeRefused | None]:
    """Try the code on the set-up under way, and make it count when it is right."""
    device, refusal = _try(
        TOTPDevice.objects.filter(pk=device_id, user_id=staff.pk, confirmed=False), cleaned(code)
    )
    if refusal is None:
        device.confirmed = True
        device.save(update_fields=["confirmed"])
    return device, refusal


def _try(devices: Any, bare: str) -> tuple[Any, CodeRefused | None]:
    """Try a code on one locked device. A refusal is returned, so that its count is committed."""
    device = devices.select_for_update().first()
    if device is None:
        return None, CodeRefused("That code is not right.", reason="no device")
    device.throttling_failure_count = min(device.throttling_failure_count, MOST_FAILURES_COUNTED)
    allowed, why = device.verify_is_allowed()
    if not allowed:
        return None, _too_soon(why["locked_until"])
    spent = isinstance(device, TOTPDevice) and _is_spent(device, bare)
    token = _digest(bare) if isinstance(device, StaticDevice) else bare
    if device.verify_token(token):
        _forget_drift(device)
        return device, None
    if spent:
        return None, CodeRefused(
            "That code was used already. Use the next code: each code works once.", reason="used"
        )
    return None, CodeRefused("That code is not right. Use the code shown now.", reason="wrong")


def _forget_drift(device: TOTPDevice | StaticDevice) -> None:
    """Take every clock as ours: learning from codes used early would let the window walk ahead."""
    if isinstance(device, TOTPDevice) and device.drift:
        device.drift = 0
        device.save(update_fields=["drift"])


def _too_soon(until: Any) -> CodeRefused:
    """The wait after wrong codes; the try itself was not looked at."""
    seconds = max(1, round((until - timezone.now()).total_seconds() + 0.5))
    unit = "second" if seconds == 1 else "seconds"
    return CodeRefused(
        f"Too many wrong codes. Wait {seconds} {unit}, then use the code shown then.",
        reason="too soon",
        guessed=False,
    )


def _is_spent(device: TOTPDevice, bare: str) -> bool:
    """Whether this is the code of a step that was used already, or lies before one that was."""
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift)
    steps = range(totp.t() - device.tolerance, totp.t() + device.tolerance + 1)
    return any(step <= device.last_t and code_at(device, step) == bare for step in steps)


def code_at(device: TOTPDevice, step: int) -> str:
    """The code of one time step, as the app shows it."""
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits)
    totp.time = device.t0 + step * device.step
    return f"{totp.token():0{device.digits}d}"
