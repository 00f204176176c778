"""Entity tags of response bodies, and conditional GET."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag

ETAGS_CACHED_MAX = 100


@lru_cache(maxsize=ETAGS_CACHED_MAX)
def etag_of(body: bytes) -> str:
    """Entity tag of ``body``; the same object is hashed once."""
    return quote_etag(hashlib.sha256(body).hexdigest()[:32])


def if_none_match(request: HttpRequest, response: HttpResponse) -> HttpResponseBase:
    """``response``, or 304 for a client that already has the body of its ETag."""
    if not request.META.get("HTTP_IF_NONE_MATCH"):
        return response
    conditional = get_conditional_response(request, response.headers["ETag"], None, response)
    return conditional or response
