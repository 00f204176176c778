"""Whole answers of the catalogue, kept ready as bytes.

A catalogue page is the same for every visitor, so the finished body is kept per process for the
minute it was made in, under the generation that it was made from. A warm request then costs one
GET to Redis and touches neither template nor database. While Redis is away nothing is kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import get_language

from core.etag import if_none_match
from movies.catalogue import cache
from movies.catalogue.cache import Recent
from movies.catalogue.catalogue import Catalogue

BODIES_MAX = 512
BODY_SECONDS = 60.0
QUERY_STRING_MAX = 300  # a longer one is answered, but not kept
# Long enough for nginx to spare us a crowd, short enough that nobody sees an old programme.
CACHE_CONTROL = "public, max-age=10"


@dataclass(frozen=True, slots=True)
class Body:
    content: bytes
    content_type: str
    etag: str


_bodies: Recent[Body] = Recent(BODIES_MAX, BODY_SECONDS)


def answer(
    request: HttpRequest, at: datetime, build: Callable[[Catalogue], HttpResponseBase]
) -> HttpResponseBase:
    """The kept body for this address, language and minute; else what ``build`` answers, kept if it
    is a 200. Knows conditional requests."""
    token = cache.generation()
    key = _key(request, token, get_language(), at)
    body = None if token is None else _bodies.get(key)
    if body is None:
        response = build(Catalogue(token))
        if response.status_code != 200 or not isinstance(response, HttpResponse):
            return response
        if hasattr(response, "render"):
            response.render()
        body = _body(response)
        if token is not None and len(request.META.get("QUERY_STRING", "")) <= QUERY_STRING_MAX:
            _bodies.put(key, body)
    return if_none_match(request, _whole(body))


def kept_answer(request: HttpRequest, at: datetime, language: str) -> HttpResponse | None:
    """The kept body for an unconditional GET in this language; None when there is none."""
    token = cache.generation()
    body = None if token is None else _bodies.get(_key(request, token, language, at))
    return None if body is None else _whole(body)


def _key(
    request: HttpRequest, token: bytes | None, language: str | None, at: datetime
) -> tuple[object, ...]:
    query = request.META.get("QUERY_STRING", "")
    return (token, request.path_info, query, language, int(at.timestamp()) // 60)


def _body(response: HttpResponse) -> Body:
    content = response.content
    digest = hashlib.blake2b(content, digest_size=12).hexdigest()
    return Body(content, response.headers["Content-Type"], f'W/"{digest}"')


def _whole(body: Body) -> HttpResponse:
    response = HttpResponse(body.content, content_type=body.content_type)
    response.headers["ETag"] = body.etag
    response.headers["Cache-Control"] = CACHE_CONTROL
    response.is_kept_body = True  # type: ignore[attr-defined]  # the short way may answer its like
    return response
