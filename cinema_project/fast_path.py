"""Fast path: serves cached pages, seat maps and simple holds before the middleware stack.

Seat maps, holds by apps and catalogue pages are the same for everybody, or identify the caller by
one header. Sessions, cookies, URL resolving and views would cost such a request several times its
own work. A request with a session or language cookie, a token, a condition, an idempotency key or
anything else unusual goes through the whole stack, as does every request that is not served here.
Complete cached responses are sent by ``cinema_project.cached_responses`` before Django runs.

Middleware that counts or names requests stands before this one. tests/api/test_fast_path.py and
tests/movies/test_fast_path.py compare both paths header by header.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from operator import attrgetter
from typing import Any

import orjson
from django.core.handlers.exception import response_for_exception
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.security import SecurityMiddleware
from django.utils import timezone, translation
from django_permissions_policy import PermissionsPolicyMiddleware

from cinema_project.cached_responses import (
    PlainRequests,
    address_of,
    complete_map,
    keep_complete_map,
)
from cinema_project.middleware import ContentPolicyMiddleware
from core import ratelimit
from core.api import problem_details
from core.errors import Refused
from movies.catalogue import page_cache
from movies.catalogue.page_cache import Address, CachedResponse
from seating.api import fast_path as seats
from seating.api.views import map_response

# The middleware that adds headers to a response of the API.
ADDING_HEADERS: tuple[Callable[..., Any], ...] = (
    SecurityMiddleware,
    ContentPolicyMiddleware,
    PermissionsPolicyMiddleware,
    XFrameOptionsMiddleware,
)
HoldView = Callable[[HttpRequest, int, list[ratelimit.RateLimitResult]], HttpResponse | None]


class FastPathMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self._plain = PlainRequests()
        self._with_headers: Callable[[HttpRequest], HttpResponse] = reduce(
            lambda inner, middleware: middleware(inner),
            reversed(ADDING_HEADERS),
            attrgetter("fast_response"),
        )

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        is_secure = request.is_secure()
        if request.method not in ("GET", "POST") or not self._plain.includes(
            request.META, is_secure=is_secure
        ):
            return self.get_response(request)
        address = address_of(request.META, request.path_info, is_secure=is_secure)
        at_seats = seats.ADDRESS.fullmatch(request.path_info)
        if at_seats is None:
            is_page = request.method == "GET"
            return self._page(request, address) if is_page else self.get_response(request)
        if address.query_string:
            return self.get_response(request)  # refused by the view: they read no parameters
        showtime_id, resource = int(at_seats[1]), at_seats[2]
        response: HttpResponseBase | None = None
        if (request.method, resource) == ("GET", "seats"):
            response = self._seat_map(request, showtime_id, address)
        elif (request.method, resource) == ("POST", "holds"):
            response = self._hold(request, showtime_id, seats.hold_response, address.language)
        elif (request.method, resource) == ("POST", "holds/best"):
            response = self._hold(request, showtime_id, seats.best_response, address.language)
        return response or self.get_response(request)

    def _page(self, request: HttpRequest, address: Address) -> HttpResponseBase:
        cached = page_cache.complete_response(address, timezone.now())
        if cached is not None:
            return cached.response()
        response = self.get_response(request)
        page_cache.keep_complete(response)
        return response

    def _seat_map(
        self, request: HttpRequest, showtime_id: int, address: Address
    ) -> HttpResponseBase | None:
        """The complete response of a map, reused while its bytes are unchanged."""
        language = address.language
        try:
            body = seats.map_bytes(showtime_id)
            if body is None:
                return None
            known = complete_map(body, address)
            if known is not None:
                return known.response()
            response = self._complete(request, map_response(body), language)
            keep_complete_map(body, address, CachedResponse.of(response, is_complete=True))
        except Exception as error:
            return self._complete(request, _refusal(request, error, language), language)
        return response

    def _hold(
        self, request: HttpRequest, showtime_id: int, hold: HoldView, language: str
    ) -> HttpResponseBase | None:
        counted: list[ratelimit.RateLimitResult] = []
        try:
            response = hold(request, showtime_id, counted)
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
        # In a rush most holds are refused: no warning for each.
        response._has_been_logged = True  # type: ignore[attr-defined]  # Django's own mark
    return response
