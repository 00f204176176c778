"""Complete cached responses, sent by the WSGI application without entering Django.

The fast path keeps complete responses of catalogue pages and seat maps. Django's handler, its
signals, and a request and a response object cost several times as much as finding such a response.
Here only the WSGI environ is read, and never the database. A response that has to be built, and any
request that is not plain, goes to Django.

tests/movies/test_cached_responses.py compares the responses with Django's, header by header.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest
from django.utils import timezone

from cinema_project.middleware import UNPREFIXED_PATHS, language_of_header, language_of_path
from cinema_project.observability import requests
from core.http import request_context
from movies.catalogue import free_seats, page_cache
from movies.catalogue.cache import Recent
from movies.catalogue.page_cache import Address, CachedResponse
from seating.api import fast_path as seats

Environ = dict[str, Any]
Application = Callable[[Environ, Any], Iterable[bytes]]

# A request with any of these goes through the whole stack.
UNUSUAL = frozenset(
    f"HTTP_{name}"
    for name in (
        "AUTHORIZATION",
        "IDEMPOTENCY_KEY",
        "X_BOOKING_TOKEN",
        "X_FORWARDED_HOST",
        "X_HTTP_METHOD_OVERRIDE",
        "IF_MATCH",
        "IF_NONE_MATCH",
        "IF_MODIFIED_SINCE",
        "IF_UNMODIFIED_SINCE",
        "RANGE",
    )
)
HOSTS_MAX = 64
MAPS_MAX = 200
MAP_SECONDS = 60.0

# By (body, language, is it HTTPS): a changed map has another body.
_complete_maps: Recent[CachedResponse] = Recent(MAPS_MAX, MAP_SECONDS)


class PlainRequests:
    """Recognises plain requests: nothing that identifies a visitor, and no condition."""

    def __init__(self) -> None:
        self._hosts: set[str] = set()
        self._cookies = (settings.SESSION_COOKIE_NAME, settings.LANGUAGE_COOKIE_NAME)
        self._is_redirected = settings.SECURE_SSL_REDIRECT

    def includes(self, environ: Environ, *, is_secure: bool) -> bool:
        if not UNUSUAL.isdisjoint(environ):
            return False
        cookies = environ.get("HTTP_COOKIE")
        if cookies and any(name in cookies for name in self._cookies):
            return False
        if self._is_redirected and not is_secure:
            return False
        return environ.get("HTTP_HOST", "") in self._hosts or self._is_allowed_host(environ)

    def _is_allowed_host(self, environ: Environ) -> bool:
        request = HttpRequest()
        request.META = environ
        try:
            request.get_host()
        except DisallowedHost:
            return False
        if len(self._hosts) < HOSTS_MAX:
            self._hosts.add(environ.get("HTTP_HOST", ""))
        return True


def address_of(environ: Environ, path: str, *, is_secure: bool) -> Address:
    if path.startswith(UNPREFIXED_PATHS):
        language = language_of_header(environ.get("HTTP_ACCEPT_LANGUAGE", ""))
    else:
        language = language_of_path(path)
    return Address(path, environ.get("QUERY_STRING", ""), language, is_secure)


def complete_map(body: bytes, address: Address) -> CachedResponse | None:
    """The complete response that was kept for a map of these bytes."""
    return _complete_maps.get((body, address.language, address.is_secure))


def keep_complete_map(body: bytes, address: Address, response: CachedResponse) -> None:
    _complete_maps.put((body, address.language, address.is_secure), response)


def with_cached_responses(application: Application) -> Application:
    """``application``, called only if no complete response is cached."""
    plain = PlainRequests()

    def serve(environ: Environ, start_response: Any) -> Iterable[bytes]:
        began = time.perf_counter()
        cached = _find(environ, plain) if environ["REQUEST_METHOD"] == "GET" else None
        if cached is None:
            return application(environ, start_response)
        request_context.bind_request(environ)
        named = ("X-Request-ID", request_context.request_id() or "")
        start_response("200 OK", [*cached.headers.items(), named])
        requests.count("GET", requests.FAST_PATH, 200, time.perf_counter() - began)
        return [cached.content]

    return serve


def _find(environ: Environ, plain: PlainRequests) -> CachedResponse | None:
    path = environ.get("PATH_INFO") or "/"
    if environ.get("SCRIPT_NAME") or not path.isascii():
        return None
    is_secure = _is_secure(environ)
    if not plain.includes(environ, is_secure=is_secure):
        return None
    address = address_of(environ, path, is_secure=is_secure)
    at_seats = seats.ADDRESS.fullmatch(path)
    if at_seats is None:
        if free_seats.is_refresh_due():
            return None  # its query needs the connection that Django checks for each request
        return page_cache.complete_response(address, timezone.now())
    is_map = at_seats[2] == "seats" and not address.query_string
    body = seats.local_map_bytes(int(at_seats[1])) if is_map else None
    return None if body is None else complete_map(body, address)


def _is_secure(environ: Environ) -> bool:
    """As ``HttpRequest.is_secure()``: the header of a trusted proxy, else the scheme."""
    if settings.SECURE_PROXY_SSL_HEADER:
        name, secure_value = settings.SECURE_PROXY_SSL_HEADER
        said: str | None = environ.get(name)
        if said is not None:
            return said.partition(",")[0].strip() == secure_value
    return bool(environ["wsgi.url_scheme"] == "https")
