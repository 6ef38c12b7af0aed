"""The short way and the library agree, whatever is changed about a request."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import RequestFactory, override_settings
from http_message_signatures import HTTPMessageSignaturesException
from hypothesis import given, settings
from hypothesis import strategies as st

from rooms.device_api import canonical, profile, signed
from rooms.device_api.problems import Refused

KEY = ec.generate_private_key(ec.SECP256R1())
BODY = b'{"a": 1}'
PATH = "/device/v1/reports"


def request_of(body: bytes, query: str, host: str, changed: dict[str, str]) -> Any:
    """A request that was signed, with some of it changed afterwards."""
    url = f"http://{host}{PATH}" + (f"?{query}" if query else "")
    headers = profile.sign_request(
        "POST", url, {}, body, "eu.DK-00000000", profile.raw_signer(KEY), 1_800_000_000
    )
    sent = headers | {"Host": host} | changed
    kind = sent.pop("Content-Type", "application/json")
    return RequestFactory().generic(
        "POST", PATH, body, content_type=kind, headers=sent, QUERY_STRING=query
    )


def by_library(request: Any, body: bytes) -> bool:
    """Whether the library takes it."""
    try:
        signed.verify_by_library(request, body, KEY.public_key())
    except Refused:
        return False
    return True


def by_hand(request: Any, body: bytes) -> bool | None:
    """Whether the short way takes it; None when it leaves it to the library."""
    meta = request.META
    plain = canonical.read(meta["HTTP_SIGNATURE_INPUT"], meta["HTTP_SIGNATURE"], bool(body))
    base = canonical.base(plain, request, body) if plain else None
    return canonical.holds(plain, base, KEY.public_key()) if plain and base else None


CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "Content-Type": st.sampled_from(["application/json; charset=utf-8", " application/json"]),
        "Content-Digest": st.text("sha-256=:AB/+", max_size=20),
        "Signature": st.text("device=:ABCD/+", min_size=1, max_size=120),
        "Host": st.sampled_from(["other.example", "here.example:80", "HERE.example"]),
        "Signature-Input": st.text('device=("@method");crated0', min_size=1, max_size=60),
    },
)


@settings(max_examples=200, deadline=None)
@given(
    body=st.sampled_from([b"", BODY]),
    query=st.text("ab=&?%2", max_size=6),
    host=st.sampled_from(["here.example", "here.example:8000", "HERE.example", "here.example:80"]),
    changed=CHANGES,
)
def test_short_way_never_takes_what_the_library_refuses(
    body: bytes, query: str, host: str, changed: dict[str, str]
) -> None:
    with override_settings(ALLOWED_HOSTS=["*"]):
        try:
            request = request_of(body, query, host, changed)
        except HTTPMessageSignaturesException:
            return  # no address that can be signed
        judged = by_hand(request, body)
        if judged is not None:
            assert judged == by_library(request, body)


@pytest.mark.parametrize("body", [b"", BODY])
def test_common_spelling_takes_the_short_way(body: bytes) -> None:
    with override_settings(ALLOWED_HOSTS=["*"]):
        request = request_of(body, "", "here.example", {})
        assert by_hand(request, body) is True
        assert by_library(request, body)
