"""Decorators and helpers for pages about one customer's bookings and money."""

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
    """Send no-store and noindex headers."""

    @never_cache
    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return wrapped


def see_other(url: str) -> HttpResponseRedirect:
    """Redirect after a POST: 303, so that the browser follows with GET."""
    response = HttpResponseRedirect(url)
    response.status_code = 303
    return response


def require_left(limit: RateLimit, actor: str) -> None:
    """Raise TooManyRequests if the limit of failed attempts is used up; counts nothing."""
    result = limit.peek(actor)
    if not result.allowed:
        raise TooManyRequests(result.retry_after_seconds)


def enforce(limit: RateLimit, actor: str) -> None:
    """Count one request. Raises TooManyRequests once the limit is used up."""
    result = limit.hit(actor)
    if not result.allowed:
        raise TooManyRequests(result.retry_after_seconds)
