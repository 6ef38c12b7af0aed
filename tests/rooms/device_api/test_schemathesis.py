"""The surface is what its OpenAPI document says: requests made from it, fitting and unfitting.

A proxy in front of the application signs whatever is sent, as a device's own agent would; so the
requests get behind the signature, to what the document promises there.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.test import override_settings
from http_message_signatures import HTTPMessageSignaturesException
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from access.models import Tenant
from rooms.device_api.endpoints import Endpoint, all_endpoints
from rooms.device_api.profile import raw_signer, sign_request
from tests.rooms.device_api.devices import Box, enrolled

FEW = settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
Environ = dict[str, Any]
Start = Callable[..., Any]


class SigningProxy:
    """WSGI in, WSGI out; each request is signed by another device, so that none is too often."""

    def __init__(self, boxes: Iterator[Box]) -> None:
        self.boxes = boxes
        self.surface = WSGIHandler()
        self.statuses: list[int] = []

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        """Sign what came, and hand it on."""
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        for name, value in self.signature(environ, body).items():
            environ["HTTP_" + name.upper().replace("-", "_")] = value

        def started(status: str, *rest: Any) -> Any:
            self.statuses.append(int(status[:3]))
            return start(status, *rest)

        return self.surface(environ, started)

    def signature(self, environ: Environ, body: bytes) -> dict[str, str]:
        """The headers of a signature; none where there is no address to sign."""
        box = next(self.boxes)
        url = f"http://{environ['HTTP_HOST']}{environ['PATH_INFO']}"
        if environ.get("QUERY_STRING"):
            url += "?" + environ["QUERY_STRING"]
        given = {"Content-Type": environ["CONTENT_TYPE"]} if environ.get("CONTENT_TYPE") else {}
        method = environ["REQUEST_METHOD"]
        sign = raw_signer(box.key)
        try:
            signed = sign_request(method, url, given, body, box.key_name, sign)
        except HTTPMessageSignaturesException:
            return {}
        return {name: value for name, value in signed.items() if name != "Content-Type"}


@pytest.fixture
def proxy(tenant: Tenant, surface: None) -> Iterator[SigningProxy]:
    """The live application behind the proxy, with ten devices."""
    boxes = [enrolled(tenant) for _ in range(10)]
    with override_settings(CATALOGUE_MINUTE_SECONDS=0.001, ALLOWED_HOSTS=["localhost"]):
        yield SigningProxy(itertools.cycle(boxes))


# Nothing can be wrong with a request that has neither content nor parameters.
WAYS = [
    pytest.param(end, mode, id=f"{end.name}, {mode.value}")
    for end in all_endpoints()
    for mode in GenerationMode
    if mode is GenerationMode.POSITIVE or end.body is not None or "{" in end.path
]


@pytest.mark.parametrize(("end", "mode"), WAYS)
def test_answers_are_what_the_document_says(
    proxy: SigningProxy, end: Endpoint, mode: GenerationMode
) -> None:
    document = schemathesis.openapi.from_wsgi("/device/v1/openapi.json", proxy)
    operation = document[end.path][end.method]

    @FEW
    @given(case=operation.as_strategy(generation_mode=mode))
    def requests(case: schemathesis.Case) -> None:
        case.call_and_validate(checks=CHECKS)

    requests()
    if end.signed and mode is GenerationMode.POSITIVE and end.body is None:
        # what is named in the address stands nowhere, but whoever is told so has signed
        told = {end.status, 403, 404} if "{" in end.path else {end.status, 403}
        assert set(proxy.statuses[1:]) & told, "some got behind the signature"
    if end.name == "report_create":
        assert set(proxy.statuses[1:]) & {202, 422}, "some got behind the signature"
