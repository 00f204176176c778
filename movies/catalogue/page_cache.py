"""Page cache: responses of catalogue pages, kept by each process.

A catalogue page is the same for every visitor, so its response is kept for the minute it was made
in, under the catalogue generation that it was made from. A view keeps what it rendered; once the
response has passed through all middleware, the fast path keeps it complete, with all of its
headers, and serves it from then on. While Redis is away nothing is kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.utils.translation import get_language

from core.api.etag import if_none_match
from movies.catalogue import cache
from movies.catalogue.cache import Recent
from movies.catalogue.catalogue import Catalogue

PAGES_MAX = 512
PAGE_SECONDS = 60.0
QUERY_STRING_MAX = 300  # a page with a longer one is not kept
# What pages and API read. Others (``utm_source``) neither reach the page nor its key.
KNOWN_PARAMETERS = (
    "after", "cinema", "city", "date", "film", "format", "genre", "limit", "movie", "q", "status",
)  # fmt: skip
# Long enough for nginx to absorb a crowd, short enough that nobody sees an old programme.
CACHE_CONTROL = "public, max-age=10"


@dataclass(frozen=True, slots=True)
class CachedResponse:
    """A 200 response. ``is_complete``: with the headers that middleware adds."""

    content: bytes
    headers: dict[str, str]
    is_complete: bool

    @classmethod
    def of(cls, response: HttpResponse, *, is_complete: bool) -> CachedResponse:
        return cls(response.content, dict(response.items()), is_complete)

    def response(self) -> HttpResponse:
        return HttpResponse(self.content, headers=self.headers)


_pages: Recent[CachedResponse] = Recent(PAGES_MAX, PAGE_SECONDS)


def answer(
    request: HttpRequest, at: datetime, build: Callable[[Catalogue], HttpResponseBase]
) -> HttpResponseBase:
    """The kept response for this address, language and minute; else what ``build`` returns, kept
    if it is a 200. Handles conditional requests."""
    token = cache.generation()
    query = known_query(request)
    # The page must not contain what is not part of its key, as in links to itself.
    request.META["QUERY_STRING"], request.GET = query, QueryDict(query)
    key = _key(request, token, get_language(), at)
    page = None if token is None else _pages.get(key)
    if page is None:
        built = build(Catalogue(token))
        if built.status_code != 200 or not isinstance(built, HttpResponse):
            return built
        page = _page(built)
        if token is not None and len(query) <= QUERY_STRING_MAX:
            _pages.put(key, page)
    response = if_none_match(request, page.response())
    response.page_cache_key = key  # type: ignore[attr-defined]  # for keep_complete
    return response


def complete_response(request: HttpRequest, at: datetime, language: str) -> HttpResponse | None:
    """The kept complete response to an unconditional GET in this language."""
    token = cache.generation()
    try:
        page = None if token is None else _pages.get(_key(request, token, language, at))
    except SuspiciousOperation:
        return None  # Django refuses it on the general path
    return page.response() if page is not None and page.is_complete else None


def keep_complete(response: HttpResponseBase) -> None:
    """Keep the response to a GET that has passed all middleware, unless it is one visitor's."""
    key = getattr(response, "page_cache_key", None)
    if key is None or response.status_code != 200 or not isinstance(response, HttpResponse):
        return
    if response.cookies or "cookie" in response.headers.get("Vary", "").lower():
        return
    if _pages.get(key) is not None:
        _pages.put(key, CachedResponse.of(response, is_complete=True))


def _key(
    request: HttpRequest, token: bytes | None, language: str | None, at: datetime
) -> tuple[object, ...]:
    minute = int(at.timestamp()) // 60
    return (token, request.path_info, known_query(request), language, request.is_secure(), minute)


def known_query(request: HttpRequest) -> str:
    """The known parameters of the request, the last value of each, in one order.

    Raises SuspiciousOperation for more parameters than Django reads.
    """
    raw = request.META.get("QUERY_STRING", "")
    if not raw:
        return ""
    given = QueryDict(raw)
    known = QueryDict(mutable=True)
    for name in KNOWN_PARAMETERS:
        if name in given:
            known[name] = given[name]
    return known.urlencode()


def _page(built: HttpResponse) -> CachedResponse:
    if hasattr(built, "render"):
        built.render()
    digest = hashlib.blake2b(built.content, digest_size=12).hexdigest()
    headers = {
        "Content-Type": built.headers["Content-Type"],
        "ETag": f'W/"{digest}"',
        "Cache-Control": CACHE_CONTROL,
    }
    return CachedResponse(built.content, headers, is_complete=False)
