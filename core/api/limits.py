"""Rate limits of the API's views."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponseBase
from rest_framework.exceptions import Throttled
from rest_framework.request import Request

from core.api.views import ApiView
from core.http.client_ip import client_network
from core.ratelimit import RateLimit, RateLimitResult, tightest_headers


class LimitedView(ApiView):
    """A DRF view whose requests count against ``limits``, reported in RateLimit headers.

    The headers describe the limit closest to being used up. ``limited_actor`` is the key.
    """

    limits: ClassVar[Sequence[RateLimit]] = ()
    _results: list[RateLimitResult]

    def limited_actor(self, request: HttpRequest | Request) -> str:
        return client_network(request)

    def limits_of(self, request: Request) -> Sequence[RateLimit]:
        """The limits that count this request."""
        return self.limits

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        self._results = []
        return super().initialize_request(request, *args, **kwargs)

    def check_throttles(self, request: Request) -> None:
        super().check_throttles(request)
        for limit in self.limits_of(request):
            self.enforce(limit, self.limited_actor(request))

    def enforce(self, limit: RateLimit, actor: str) -> None:
        """Count one request; raises DRF's Throttled once the limit is used up."""
        self.check(limit.hit(actor))

    def check(self, result: RateLimitResult) -> None:
        """Report the result in the headers; raises DRF's Throttled for a refusal."""
        self._results.append(result)
        if not result.allowed:
            raise Throttled(wait=result.retry_after_seconds)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        finished: HttpResponseBase = super().finalize_response(request, response, *args, **kwargs)
        if self._results:
            for name, value in tightest_headers(self._results).items():
                finished[name] = value
        return finished
