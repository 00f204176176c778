"""Request ids and HTTP metrics of every request, including those answered by middleware."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template import loader
from prometheus_client import Counter, Histogram

from core.http import request_context

REQUESTS = Counter("layar_http_requests", "HTTP requests by route.", ["method", "route", "status"])
REQUEST_SECONDS = Histogram(
    "layar_http_request_seconds",
    "Time to the response, without reading it, by route.",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
)
METRICS_MAX = 4_096  # of each process
# Labels must not grow with what clients send.
METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))


class RequestMiddleware:
    """Outermost: names each request in logs and in its response, and measures it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        request_context.bind_request(request.META)
        response = self.get_response(request)
        response.headers["X-Request-ID"] = request_context.request_id() or ""
        route = _route(request, response)
        method = request.method if request.method in METHODS else "other"
        count(method, route, response.status_code, time.perf_counter() - began)
        return response


def count(method: str, route: str, status: int, seconds: float) -> None:
    requests, durations = _metrics(method, route, status)
    requests.inc()
    durations.observe(seconds)


@lru_cache(METRICS_MAX)
def _metrics(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    """Finding a metric by its labels costs as much as counting."""
    return REQUESTS.labels(method, route, str(status)), REQUEST_SECONDS.labels(route)


def _route(request: HttpRequest, response: HttpResponseBase) -> str:
    if request.resolver_match is not None:
        return request.resolver_match.route
    if request.path_info.startswith(settings.STATIC_URL):
        return "static"
    # Answered by a middleware: the fast path, or a refusal before a URL was resolved.
    return FAST_PATH if response.status_code in FAST_PATH_STATUSES else "unmatched"


FAST_PATH = "fast path"
FAST_PATH_STATUSES = frozenset((200, 201, 409, 422, 429, 503))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's page has no context; ours names the request."""
    return _error_page(request, "400.html", 400)


def server_error(request: HttpRequest) -> HttpResponse:
    return _error_page(request, "500.html", 500)


def _error_page(request: HttpRequest, template: str, status: int) -> HttpResponse:
    """Without context processors, which may be what failed."""
    context = {"request_id": request_context.request_id()}
    return HttpResponse(loader.get_template(template).render(context), status=status)
