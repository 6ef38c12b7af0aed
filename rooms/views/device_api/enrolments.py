"""Let a device in by its TPM, and let it renew its key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from access.gate import public
from rooms.device_api import json_body
from rooms.device_api.answers import answer
from rooms.device_api.problems import Refused
from rooms.device_api.signed import Signed, allow, content, signed_by_device
from rooms.enrolment import begin, complete, renew
from rooms.enrolment.schema import MOST_BYTES, MOST_PROOF_BYTES, Begin, NewKey, Proof

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@public(reason="an unknown device has no key yet; it shows an enrolment key that a person issued")
def enrolment_begin(request: HttpRequest) -> HttpResponse:
    """Answer with a challenge for the device's TPM."""
    allow(request, "POST")
    asked = json_body.read_model(content(request, MOST_BYTES), Begin, most=MOST_BYTES)
    region = begin.region_of(asked)
    request.device_region = region  # type: ignore[attr-defined] # where refusals are counted
    return answer(begin.begin(region, asked).model_dump(), status=201)


@signed_by_device(
    method="POST",
    most=MOST_PROOF_BYTES,
    find_key=complete.challenge_key,
    reason="the device answers its challenge, signing with the key that it asks us to know",
)
def enrolment_complete(request: HttpRequest, signed: Signed, challenge: str) -> HttpResponse:
    """Make the device known when its TPM has proved itself."""
    if signed.key_name != challenge:
        raise Refused("signature_invalid", "Name the challenge of this address as the keyid.")
    proof = json_body.read_model(signed.body, Proof, most=MOST_PROOF_BYTES)
    return answer(complete.complete(signed.region, challenge, proof).model_dump(), status=201)


@signed_by_device(
    method="POST",
    most=MOST_PROOF_BYTES,
    find_key=renew.key_to_renew,
    reason="a device renews its own key, signing with the old",
)
def key_create(request: HttpRequest, signed: Signed) -> HttpResponse:
    """Replace the device's key; the old one ends at once, and for ten minutes may ask once more."""
    asked = json_body.read_model(signed.body, NewKey, most=MOST_PROOF_BYTES)
    renewed = renew.renew(signed.region, signed.key_name, signed.nonce, asked)
    return answer(renewed.model_dump(), status=201)
