"""What every page about somebody's money and seats has in common."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.views.decorators.cache import never_cache

from core.errors import TooManyRequests
from core.ratelimit import RateLimit

View = Callable[..., HttpResponseBase]


def private_page(view: View) -> View:
    """Kept by no cache and found by no search engine."""

    @never_cache
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return answer


def see_other(url: str) -> HttpResponseRedirect:
    """303: whatever was posted is done, go on there with GET."""
    response = HttpResponseRedirect(url)
    response.status_code = 303
    return response


def enforce(limit: RateLimit, actor: str) -> None:
    """Count one request; raises TooManyRequests when it is one too many."""
    allowance = limit.hit(actor)
    if not allowance.allowed:
        raise TooManyRequests(allowance.retry_after_seconds)
