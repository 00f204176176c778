"""Fast path: serves cached pages, seat maps and simple holds before the middleware stack.

Sessions, cookies, URL resolution and views would cost these requests several times their own work.

- Only simple requests are served: one with a session or language cookie, a token, a condition, an
  idempotency key or an unknown host takes the general path. So does the first request of each
  kind, whose response headers are reused for the following responses.
- The same functions do the work, and their errors become the same problem documents.

tests/api/test_short_way.py and tests/movies/test_short_way.py compare both paths' responses.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.core.handlers.exception import response_for_exception
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone, translation

from cinema_project.middleware import UNPREFIXED_PATHS, language_of_header, language_of_path
from core import ratelimit
from core.api import problem_details
from core.errors import Refused
from movies.catalogue import page_cache
from seating.api import fast_path as seats

# Requests with any of these headers take the general path.
GENERAL_PATH_HEADERS = frozenset(
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
# Headers of the response itself; all others are shared by its kind.
OWN_HEADERS = frozenset(
    (
        "cache-control",
        "content-length",
        "content-type",
        "etag",
        "ratelimit-limit",
        "ratelimit-remaining",
        "ratelimit-reset",
        "retry-after",
    )
)
HOSTS_MAX = 64
KINDS_MAX = 2_000  # every catalogue page is one

Headers = dict[str, tuple[str, str]]  # Django's format: by lower-case name
Kind = tuple[str, str, bool]  # action or path, language, HTTPS


class FastPathMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self._hosts: set[str] = set()
        self._shared_headers: dict[Kind, Headers] = {}

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        method = request.method
        if (method not in ("GET", "POST")) or not self._is_simple(request):
            return self.get_response(request)
        path, language = request.path_info, _language(request)
        seats_match = seats.ADDRESS.fullmatch(path)
        name = f"{method} {seats_match[2] if seats_match else path}"
        kind = (name, language, request.is_secure())
        shared = self._shared_headers.get(kind)
        if shared is None:
            general = self.get_response(request)
            self._remember_headers(kind, general, is_kept=seats_match is not None)
            return general
        counted: list[ratelimit.RateLimitResult] = []
        try:
            response: HttpResponse | None
            if seats_match is None:
                response = page_cache.kept_answer(request, timezone.now(), language)
            elif seats_match[2] == "seats":
                response = seats.answer_map(int(seats_match[1]))
            else:
                response = seats.answer_tap(request, int(seats_match[1]), counted)
        except Exception as error:
            response = _error_response(request, error, language)
        if response is None:
            return self.get_response(request)
        return _with_headers(response, shared, counted)

    def _is_simple(self, request: HttpRequest) -> bool:
        meta = request.META
        if not GENERAL_PATH_HEADERS.isdisjoint(meta):
            return False
        cookies = meta.get("HTTP_COOKIE")
        if cookies and (
            settings.SESSION_COOKIE_NAME in cookies or settings.LANGUAGE_COOKIE_NAME in cookies
        ):
            return False
        if settings.SECURE_SSL_REDIRECT and not request.is_secure():
            return False
        return meta.get("HTTP_HOST", "") in self._hosts or self._is_allowed_host(request)

    def _is_allowed_host(self, request: HttpRequest) -> bool:
        try:
            request.get_host()
        except DisallowedHost:
            return False
        if len(self._hosts) < HOSTS_MAX:
            self._hosts.add(request.META.get("HTTP_HOST", ""))
        return True

    def _remember_headers(self, kind: Kind, response: HttpResponseBase, *, is_kept: bool) -> None:
        """Stores the headers of a general-path response whose kind can be served here."""
        if response.status_code not in (200, 201) or response.cookies:
            return
        if not (is_kept or getattr(response, "is_kept_body", False)):
            return
        if "cookie" in response.headers.get("Vary", "").lower():
            return
        if len(self._shared_headers) >= KINDS_MAX:
            self._shared_headers.clear()
        self._shared_headers[kind] = {
            name.lower(): (name, value)
            for name, value in response.headers.items()
            if name.lower() not in OWN_HEADERS
        }


def _language(request: HttpRequest) -> str:
    if request.path_info.startswith(UNPREFIXED_PATHS):
        return language_of_header(request.META.get("HTTP_ACCEPT_LANGUAGE", ""))
    return language_of_path(request.path_info)


def _error_response(request: HttpRequest, error: Exception, language: str) -> HttpResponse:
    """The problem document for ``error``; an unexpected one is handled by Django."""
    known = problem_details.as_layar_error(error)
    if known is None:
        return response_for_exception(request, error)
    with translation.override(language):
        body = orjson.dumps(problem_details.document(known))
    response = HttpResponse(
        body,
        status=known.status,
        content_type=problem_details.PROBLEM_CONTENT_TYPE,
        headers=problem_details.headers(known),
    )
    if isinstance(known, Refused):
        # Most holds of a busy sale lose a race: expected, and not logged.
        response._has_been_logged = True  # type: ignore[attr-defined]  # Django's own flag
    return response


def _with_headers(
    response: HttpResponse, shared: Headers, counted: list[ratelimit.RateLimitResult]
) -> HttpResponseBase:
    if counted:
        for name, value in ratelimit.tightest_headers(counted).items():
            response.headers[name] = value
    own: dict[str, Any] = response.headers._store  # the values have been validated
    own["content-length"] = ("Content-Length", str(len(response.content)))
    response.headers._store = {**shared, **own}
    return response
