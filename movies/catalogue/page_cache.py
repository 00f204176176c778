"""Page cache: responses of catalogue pages, stored by each process.

A catalogue page is the same for every visitor, so its response is cached for the minute in which it
was made, under its catalogue generation. A view stores the rendered body; once the response has
passed through all middleware, the fast path stores it complete, with all of its headers, and serves
it from then on. While Redis is unavailable nothing is stored.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.utils.translation import get_language

from core.api.etag import if_none_match
from movies.catalogue import free_seats
from movies.catalogue.cache import Recent
from movies.catalogue.catalogue import Catalogue

PAGES_MAX = 512  # without a query
FILTERED_PAGES_MAX = 512  # with one, whose values anybody can invent
PAGE_SECONDS = 60.0
QUERY_STRING_MAX = 300  # a page with a longer one is not cached
QUERIES_MAX = 1_024  # query strings whose known parameters each process caches
# What pages and API read. Others (``utm_source``) neither reach the page nor its key; the API
# refuses them.
KNOWN_PARAMETERS = (
    "after", "audio", "cinema", "city", "date", "film", "format", "from", "genre", "limit", "movie",
    "q", "status", "subtitles", "time", "updated_since",
)  # fmt: skip
API_PREFIX = "/api/"
OF_ONE_CLIENT = "updated_since="  # every client has another value: its response is not cached
# Long enough for nginx to absorb a crowd, short enough to hide old prices and free seats.
CACHE_CONTROL = "public, max-age=1"


class Address(NamedTuple):
    """Cache key of a page, besides the catalogue's generation and the minute."""

    path: str
    query_string: str
    language: str
    is_secure: bool


class PageKey(NamedTuple):
    """``token``: the catalogue's generation; ``minute`` since the epoch."""

    token: bytes | None
    minute: int
    address: Address


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
_filtered_pages: Recent[CachedResponse] = Recent(FILTERED_PAGES_MAX, PAGE_SECONDS)


def answer(
    request: HttpRequest, at: datetime, build: Callable[[Catalogue], HttpResponseBase]
) -> HttpResponseBase:
    """The cached response for this address, language and minute; otherwise the response of
    ``build``, cached if it is a 200. Handles conditional requests."""
    token = free_seats.generation()
    query = known_query(request.META.get("QUERY_STRING", ""))
    # The page must not contain values that are not part of its key, as in links to itself.
    request.META["QUERY_STRING"], request.GET = query, QueryDict(query)
    language = get_language() or ""
    key = _key(Address(request.path_info, query, language, request.is_secure()), token, at)
    pages = _pages_like(key)
    page = None if token is None else pages.get(key)
    if page is None:
        built = build(Catalogue(token))
        if built.status_code != 200 or not isinstance(built, HttpResponse):
            return built
        page = _page(built)
        if OF_ONE_CLIENT in query:
            return if_none_match(request, page.response())
        if token is not None and len(query) <= QUERY_STRING_MAX:
            pages.put(key, page)
    response = if_none_match(request, page.response())
    response.page_cache_key = key  # type: ignore[attr-defined]  # for keep_complete
    return response


def complete_response(address: Address, at: datetime) -> CachedResponse | None:
    """The cached complete response to an unconditional GET."""
    token = free_seats.generation()
    if token is None:
        return None
    try:
        query = known_query(address.query_string)
    except SuspiciousOperation:
        return None  # Django refuses it on the general path
    if address.path.startswith(API_PREFIX) and _has_unknown(address.query_string):
        return None  # the API refuses them
    key = _key(address._replace(query_string=query), token, at)
    page = _pages_like(key).get(key)
    return page if page is not None and page.is_complete else None


def keep_complete(response: HttpResponseBase) -> None:
    """Store the response to a GET that has passed all middleware, unless it is private."""
    key = getattr(response, "page_cache_key", None)
    if key is None or response.status_code != 200 or not isinstance(response, HttpResponse):
        return
    if response.cookies or "cookie" in response.headers.get("Vary", "").lower():
        return
    pages = _pages_like(key)
    if pages.get(key) is not None:
        pages.put(key, CachedResponse.of(response, is_complete=True))


def _key(address: Address, token: bytes | None, at: datetime) -> PageKey:
    """``address`` with its known query alone."""
    return PageKey(token, int(at.timestamp()) // 60, address)


def _pages_like(key: PageKey) -> Recent[CachedResponse]:
    """The cache for this page: invented values of filters evict filtered pages alone."""
    return _filtered_pages if key.address.query_string else _pages


def known_query(raw: str) -> str:
    """The known parameters of a query string, the last value of each, in one order.

    Raises SuspiciousOperation for more parameters than Django reads.
    """
    if len(raw) > QUERY_STRING_MAX:
        return _without_unknown(raw)
    return _remembered_query(raw)


def _without_unknown(raw: str) -> str:
    given = QueryDict(raw)
    known = QueryDict(mutable=True)
    for name in KNOWN_PARAMETERS:
        if name in given:
            known[name] = given[name]
    return known.urlencode()


# Parsing costs more than all the rest of serving a cached page.
_remembered_query = lru_cache(QUERIES_MAX)(_without_unknown)


def _has_unknown(raw: str) -> bool:
    """Whether there are parameters besides the known ones, or too many to tell."""
    return bool(raw) and (len(raw) > QUERY_STRING_MAX or _names_unknown(raw))


@lru_cache(QUERIES_MAX)
def _names_unknown(raw: str) -> bool:
    return not QueryDict(raw).keys() <= set(KNOWN_PARAMETERS)


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
