"""The WSGI handler of the device surface: Django's, less what nothing here has a use for.

Requests come by the thousand, and each step that Django offers costs as much as a check of ours:
signals around each request, a script prefix and a resolver of this thread, views in transactions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from django.core.handlers.wsgi import WSGIHandler
from django.urls import get_resolver
from django.utils.log import log_response

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse, HttpResponseBase
    from django.urls import ResolverMatch

View = Callable[..., "HttpResponseBase"]


class DeviceHandler(WSGIHandler):
    """One list of addresses, no cookies, no files, and no transaction but what a view asks for."""

    _middleware_chain: Callable[[HttpRequest], HttpResponse]

    def __init__(self) -> None:
        super().__init__()
        # Addresses without parameters, as they are asked for: each has one answer.
        self._fixed: dict[str, ResolverMatch] = {}
        self._resolver = get_resolver()

    def __call__(  # type: ignore[override] # WSGI asks for an iterable of bytes, whatever it is
        self, environ: dict[str, Any], start_response: Callable[..., object]
    ) -> Iterable[bytes]:
        """The WSGI call."""
        response = self.get_response(self.request_class(environ))
        status = f"{response.status_code} {response.reason_phrase}"
        start_response(status, list(response.items()))
        return (response.content,)

    def get_response(self, request: HttpRequest) -> HttpResponse:
        """The answer, from the one middleware inwards."""
        response = self._middleware_chain(request)
        if response.status_code >= 400:
            words = "%s: %s", response.reason_phrase, request.path
            log_response(*words, response=response, request=request)
        return response

    def resolve_request(self, request: HttpRequest) -> ResolverMatch:
        """The view for an address."""
        path = request.path_info
        match = self._fixed.get(path)
        if match is None:
            match = self._resolver.resolve(path)
            if not match.kwargs:
                self._fixed[path] = match
        request.resolver_match = match
        return match

    def make_view_atomic(self, view: View) -> View:
        """As it is: a setting that puts views into transactions is not used here."""
        return view
