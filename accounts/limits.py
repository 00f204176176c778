"""Rate limits: how often one actor may do one thing, counted atomically in Redis.

One script, one round trip: the generic cell rate algorithm keeps a single number per actor, the
time at which the quota would be full again. A burst up to the limit passes at once, after that
one request each ``per_seconds / limit``. The clock is Redis's own, so all servers agree.

A limiter that is away must not close the house: it lets everything through, says so in the log,
and is not asked again for a moment, so that nobody waits for it.
"""

from __future__ import annotations

import hashlib
import logging
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

import redis
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from redis.backoff import NoBackoff
from redis.retry import Retry
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.addresses import client_network

logger = logging.getLogger(__name__)

CONNECT_TIMEOUT_SECONDS = 0.25
ANSWER_TIMEOUT_SECONDS = 0.5
# One retry mends a pooled connection that Redis's restart has cut.
RETRIES_MAX = 1
PAUSE_AFTER_FAILURE_SECONDS = 2.0

# KEYS[1]: the actor. ARGV: limit, period (µs). Gives {allowed, remaining, retry µs, full µs}.
GCRA_SCRIPT = """
local limit, period = tonumber(ARGV[1]), tonumber(ARGV[2])
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local step = period / limit
local full_at = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
local next_full_at = full_at + step
local excess = next_full_at - period - now
if excess > 0 then
  return {0, 0, math.ceil(excess), math.ceil(full_at - now)}
end
redis.call('SET', KEYS[1], string.format('%.0f', next_full_at),
           'PX', math.ceil((next_full_at - now) / 1000) + 1)
return {1, math.floor(-excess / step + 0.0001), 0, math.ceil(next_full_at - now)}
"""


@dataclass(frozen=True)
class Allowance:
    """One answer of the limiter. ``reset_seconds``: when the whole quota is there again."""

    allowed: bool
    limit: int
    remaining: int
    retry_after_seconds: int
    reset_seconds: int = 0

    def headers(self) -> dict[str, str]:
        told = {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset_seconds),
        }
        if not self.allowed:
            told["Retry-After"] = str(self.retry_after_seconds)
        return told


@dataclass(frozen=True)
class Limit:
    """A named limit: ``amount`` requests of one actor in ``per_seconds``."""

    name: str
    amount: int
    per_seconds: int

    def take(self, actor: str) -> Allowance:
        return allow(self.name, actor, self.amount * settings.RATE_LIMIT_FACTOR, self.per_seconds)


SIGN_IN_BY_ADDRESS = Limit("sign_in_address", 20, 60)
SIGN_IN_BY_ACCOUNT = Limit("sign_in_account", 10, 300)
PROFILE_BY_ADDRESS = Limit("profile_address", 120, 60)


@dataclass
class _Outage:
    """Until when (monotonic) this process does not ask a limiter that failed."""

    until: float = 0.0


_outage = _Outage()


@cache
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(
        url,
        socket_connect_timeout=CONNECT_TIMEOUT_SECONDS,
        socket_timeout=ANSWER_TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), RETRIES_MAX),
    )


@cache
def _script(url: str) -> Any:
    return _client(url).register_script(GCRA_SCRIPT)


def allow(name: str, actor: str, limit: int, per_seconds: int) -> Allowance:
    """Count one request of ``actor`` against the limit ``name``; never raises."""
    if time.monotonic() < _outage.until:
        return Allowance(True, limit, limit, 0)
    # The actor may be an email address or a token: Redis learns only its digest.
    digest = hashlib.sha256(actor.encode()).hexdigest()[:32]
    try:
        allowed, remaining, retry_us, full_us = _script(settings.CACHE_URL)(
            keys=[f"layar:limit:{name}:{digest}"], args=[limit, per_seconds * 1_000_000]
        )
    except redis.RedisError as error:
        _outage.until = time.monotonic() + PAUSE_AFTER_FAILURE_SECONDS
        logger.error("rate limiter away, letting everything pass: %s", type(error).__name__)
        return Allowance(True, limit, limit, 0)
    return Allowance(
        allowed=bool(allowed),
        limit=limit,
        remaining=int(remaining),
        retry_after_seconds=math.ceil(retry_us / 1_000_000),
        reset_seconds=math.ceil(full_us / 1_000_000),
    )


class LimitedView(APIView):
    """A DRF view whose every request counts against ``limits``, told in RateLimit headers.

    The headers tell of the limit that is nearest to its end. ``limited_actor`` says who counts.
    """

    limits: ClassVar[Sequence[Limit]] = ()
    _allowances: list[Allowance]

    def limited_actor(self, request: HttpRequest | Request) -> str:
        return client_network(request)

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        self._allowances = []
        return super().initialize_request(request, *args, **kwargs)

    def check_throttles(self, request: Request) -> None:
        super().check_throttles(request)
        for limit in self.limits:
            self.spend(limit, self.limited_actor(request))

    def spend(self, limit: Limit, actor: str) -> None:
        """Count one more; raises DRF's Throttled when it is one too many."""
        allowance = limit.take(actor)
        self._allowances.append(allowance)
        if not allowance.allowed:
            raise Throttled(wait=allowance.retry_after_seconds)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        answer: HttpResponseBase = super().finalize_response(request, response, *args, **kwargs)
        if self._allowances:
            tightest = min(self._allowances, key=lambda a: (a.allowed, a.remaining / a.limit))
            for name, value in tightest.headers().items():
                answer[name] = value
        return answer
