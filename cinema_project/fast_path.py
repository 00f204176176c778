"""Fast path: serves cached pages, seat maps and simple holds before the middleware stack.

Seat maps, holds by apps and catalogue pages are the same for everybody, or identify the caller by
one header. Sessions, cookies, URL resolving and views cost such a request several times its own
work. A request with a session or language cookie, a token, a condition, an idempotency key or
anything else unusual goes through the whole stack, and so does whatever is not served here.

Middleware that counts or names requests stands before this one. tests/api/test_fast_path.py and
tests/movies/test_fast_path.py compare both paths header by header.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from operator import attrgetter
from typing import Any

import orjson
from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.core.handlers.exception import response_for_exception
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.security import SecurityMiddleware
from django.utils import timezone, translation
from django_permissions_policy import PermissionsPolicyMiddleware

from cinema_project.middleware import (
    UNPREFIXED_PATHS,
    ContentPolicyMiddleware,
    language_of_header,
    language_of_path,
)
from core import ratelimit
from core.api import problem_details
from core.errors import Refused
from movies.catalogue import page_cache
from movies.catalogue.cache import Recent
from movies.catalogue.page_cache import CachedResponse
from seating.api import fast_path as seats
from seating.api.views import map_response

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
# The middleware that adds headers to a response of the API.
ADDING_HEADERS: tuple[Callable[..., Any], ...] = (
    SecurityMiddleware,
    ContentPolicyMiddleware,
    PermissionsPolicyMiddleware,
    XFrameOptionsMiddleware,
)
HOSTS_MAX = 64
MAPS_MAX = 200
MAP_SECONDS = 60.0


class FastPathMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self._hosts: set[str] = set()
        self._maps: Recent[CachedResponse] = Recent(MAPS_MAX, MAP_SECONDS)
        self._with_headers: Callable[[HttpRequest], HttpResponse] = reduce(
            lambda inner, middleware: middleware(inner),
            reversed(ADDING_HEADERS),
            attrgetter("fast_response"),
        )

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method not in ("GET", "POST") or not self._is_plain(request):
            return self.get_response(request)
        at_seats = seats.ADDRESS.fullmatch(request.path_info)
        if at_seats is None:
            return self._page(request) if request.method == "GET" else self.get_response(request)
        showtime_id, resource = int(at_seats[1]), at_seats[2]
        response: HttpResponseBase | None = None
        if (request.method, resource) == ("GET", "seats"):
            response = self._seat_map(request, showtime_id)
        elif (request.method, resource) == ("POST", "holds"):
            response = self._hold(request, showtime_id)
        return response or self.get_response(request)

    def _page(self, request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase | None = page_cache.complete_response(
            request, timezone.now(), _language(request)
        )
        if response is None:
            response = self.get_response(request)
            page_cache.keep_complete(response)
        return response

    def _seat_map(self, request: HttpRequest, showtime_id: int) -> HttpResponseBase | None:
        """The whole map, as long as it is the same with all of its headers."""
        language = _language(request)
        try:
            body = seats.map_bytes(showtime_id)
            if body is None:
                return None
            key = (body, language, request.is_secure())
            known = self._maps.get(key)
            if known is not None:
                return known.response()
            response = self._complete(request, map_response(body), language)
            self._maps.put(key, CachedResponse.of(response, is_complete=True))
        except Exception as error:
            return self._complete(request, _refusal(request, error, language), language)
        return response

    def _hold(self, request: HttpRequest, showtime_id: int) -> HttpResponseBase | None:
        language = _language(request)
        counted: list[ratelimit.RateLimitResult] = []
        try:
            response = seats.hold_response(request, showtime_id, counted)
        except Exception as error:
            response = _refusal(request, error, language)
        if response is None:
            return None
        response.headers["Allow"] = seats.HOLDS_ALLOW
        if counted:
            for name, value in ratelimit.tightest_headers(counted).items():
                response.headers[name] = value
        return self._complete(request, response, language)

    def _complete(
        self, request: HttpRequest, response: HttpResponse, language: str
    ) -> HttpResponse:
        """``response`` with the headers that the stack adds to a response of the API."""
        response.headers["Content-Length"] = str(len(response.content))
        response.headers["Content-Language"] = language
        response.headers["Vary"] = "Accept-Language"
        request.fast_response = response  # type: ignore[attr-defined]  # read by the innermost
        return self._with_headers(request)

    def _is_plain(self, request: HttpRequest) -> bool:
        headers = request.META
        if not UNUSUAL.isdisjoint(headers):
            return False
        cookies = headers.get("HTTP_COOKIE")
        if cookies and (
            settings.SESSION_COOKIE_NAME in cookies or settings.LANGUAGE_COOKIE_NAME in cookies
        ):
            return False
        if settings.SECURE_SSL_REDIRECT and not request.is_secure():
            return False
        return headers.get("HTTP_HOST", "") in self._hosts or self._is_allowed_host(request)

    def _is_allowed_host(self, request: HttpRequest) -> bool:
        try:
            request.get_host()
        except DisallowedHost:
            return False
        if len(self._hosts) < HOSTS_MAX:
            self._hosts.add(request.META.get("HTTP_HOST", ""))
        return True


def _language(request: HttpRequest) -> str:
    if request.path_info.startswith(UNPREFIXED_PATHS):
        return language_of_header(request.META.get("HTTP_ACCEPT_LANGUAGE", ""))
    return language_of_path(request.path_info)


def _refusal(request: HttpRequest, error: Exception, language: str) -> HttpResponse:
    """The problem document for ``error``; a defect becomes Django's 500."""
    refusal = problem_details.as_layar_error(error)
    if refusal is None:
        return response_for_exception(request, error)
    with translation.override(language):
        body = orjson.dumps(problem_details.document(refusal))
    response = HttpResponse(
        body,
        status=refusal.status,
        content_type=problem_details.PROBLEM_CONTENT_TYPE,
        headers=problem_details.headers(refusal),
    )
    if isinstance(refusal, Refused):
        # In a rush most holds are refused: not worth a warning each.
        response._has_been_logged = True  # type: ignore[attr-defined]  # Django's own mark
    return response
