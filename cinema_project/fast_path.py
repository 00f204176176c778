"""The short way: what a sale's rush asks for again and again, answered before the long way begins.

Seat maps, taps of apps and kept pages of the catalogue are the same for everybody, or know their
caller by one header. The sessions, cookies, resolvers and views of the long way cost such a request
several times its own work. Here

- only the plain form is served: whatever carries a cookie that means something, a token, a
  condition, an idempotency key or a host not known yet goes the long way, and so does the first
  of each kind, from whose answer the headers are learned that every answer wears;
- the work is done by the same functions, and what they refuse becomes the same problem document.

What counts or names requests stands before it in MIDDLEWARE. tests/api/test_short_way.py and
tests/movies/test_short_way.py hold both ways to the same answers, header by header.
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

from cinema_project.middleware import UNPREFIXED_PATHS, language_of_address, language_of_header
from core import ratelimit
from core.api import problem_details
from core.errors import Refused
from movies.catalogue import page_cache
from seating.api import fast_path as seats

# With any of these a request is not plain. Conditions and ranges are answered the long way.
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
# An answer's own; every other header is what its kind wears.
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
KINDS_MAX = 2_000  # every page of the catalogue is one

Headers = dict[str, tuple[str, str]]  # as Django keeps them: by lower-case name
Kind = tuple[str, str, bool]  # a name or an address, language, over HTTPS


class ShortWayMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self._hosts: set[str] = set()
        self._worn: dict[Kind, Headers] = {}

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        method = request.method
        if (method not in ("GET", "POST")) or not self._is_plain(request):
            return self.get_response(request)
        path, language = request.path_info, _language(request)
        at_seats = seats.ADDRESS.fullmatch(path)
        name = f"{method} {at_seats[2] if at_seats else path}"
        kind = (name, language, request.is_secure())
        worn = self._worn.get(kind)
        if worn is None:
            response = self.get_response(request)
            self._learn(kind, response, is_kept=at_seats is not None)
            return response
        counted: list[ratelimit.RateLimitResult] = []
        try:
            answer: HttpResponse | None
            if at_seats is None:
                answer = page_cache.kept_answer(request, timezone.now(), language)
            elif at_seats[2] == "seats":
                answer = seats.answer_map(int(at_seats[1]))
            else:
                answer = seats.answer_tap(request, int(at_seats[1]), counted)
        except Exception as error:
            answer = _refusal(request, error, language)
        if answer is None:
            return self.get_response(request)
        return _dressed(answer, worn, counted)

    def _is_plain(self, request: HttpRequest) -> bool:
        told = request.META
        if not UNUSUAL.isdisjoint(told):
            return False
        cookies = told.get("HTTP_COOKIE")
        if cookies and (
            settings.SESSION_COOKIE_NAME in cookies or settings.LANGUAGE_COOKIE_NAME in cookies
        ):
            return False
        if settings.SECURE_SSL_REDIRECT and not request.is_secure():
            return False
        return told.get("HTTP_HOST", "") in self._hosts or self._is_our_host(request)

    def _is_our_host(self, request: HttpRequest) -> bool:
        try:
            request.get_host()
        except DisallowedHost:
            return False
        if len(self._hosts) < HOSTS_MAX:
            self._hosts.add(request.META.get("HTTP_HOST", ""))
        return True

    def _learn(self, kind: Kind, response: HttpResponseBase, *, is_kept: bool) -> None:
        """Keep the headers of the long way's answer, where its like may be answered here."""
        if response.status_code not in (200, 201) or response.cookies:
            return
        if not (is_kept or getattr(response, "is_kept_body", False)):
            return
        if "cookie" in response.headers.get("Vary", "").lower():
            return
        if len(self._worn) >= KINDS_MAX:
            self._worn.clear()
        self._worn[kind] = {
            name.lower(): (name, value)
            for name, value in response.headers.items()
            if name.lower() not in OWN_HEADERS
        }


def _language(request: HttpRequest) -> str:
    if request.path_info.startswith(UNPREFIXED_PATHS):
        return language_of_header(request.META.get("HTTP_ACCEPT_LANGUAGE", ""))
    return language_of_address(request.path_info)


def _refusal(request: HttpRequest, error: Exception, language: str) -> HttpResponse:
    """The problem document that the long way makes of ``error``; a defect surfaces as one."""
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
        # In a rush most taps are too late. Nothing is wrong, and the log has better uses.
        response._has_been_logged = True  # type: ignore[attr-defined]  # Django's own mark
    return response


def _dressed(
    answer: HttpResponse, worn: Headers, counted: list[ratelimit.RateLimitResult]
) -> HttpResponseBase:
    if counted:
        for name, value in ratelimit.tightest_headers(counted).items():
            answer.headers[name] = value
    own: dict[str, Any] = answer.headers._store  # what is put in has been checked already
    own["content-length"] = ("Content-Length", str(len(answer.content)))
    answer.headers._store = {**worn, **own}
    return answer
