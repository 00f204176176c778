"""Rate limits: how often one actor may do one thing, counted atomically in Redis.

One script, one round trip: the generic cell rate algorithm keeps a single number per actor, the
time at which the quota would be full again. A burst up to the limit passes at once, after that
one request each ``per_seconds / limit``. The clock is Redis's own, so all servers agree.

Fails open: while Redis is unreachable every request is allowed and a warning is logged; a circuit
breaker spares requests the timeout.
"""

from __future__ import annotations

import hashlib
import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import redis
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.views import APIView

from core import redis as core_redis
from core.client_ip import client_network
from core.outage import CircuitBreaker

logger = logging.getLogger(__name__)

OUTAGE_PAUSE_SECONDS = 2.0
TOO_MANY_REQUESTS = 429

# KEYS: an actor of each limit. ARGV: of each its limit, period (µs) and how many are wanted (0 only
# asks). Gives for each {allowed, remaining, retry µs, full µs}, flat; the first that refuses is the
# last that is counted.
GCRA_SCRIPT = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local answers = {}
for number, key in ipairs(KEYS) do
  local limit, period = tonumber(ARGV[3 * number - 2]), tonumber(ARGV[3 * number - 1])
  local wanted = tonumber(ARGV[3 * number])
  local step = period / limit
  local full_at = math.max(tonumber(redis.call('GET', key) or now), now)
  local next_full_at = full_at + step * wanted
  local excess = next_full_at - period - now
  local at = #answers
  if excess > 0 then
    answers[at + 1], answers[at + 2] = 0, 0
    answers[at + 3], answers[at + 4] = math.ceil(excess), math.ceil(full_at - now)
    return answers
  end
  if wanted > 0 then
    redis.call('SET', key, string.format('%.0f', next_full_at),
               'PX', math.ceil((next_full_at - now) / 1000) + 1)
  end
  answers[at + 1], answers[at + 2] = 1, math.floor(-excess / step + 0.0001)
  answers[at + 3], answers[at + 4] = 0, math.ceil(next_full_at - now)
end
return answers
"""
# KEYS: an actor. ARGV: limit, period (µs), how many were not used after all.
REFUND_SCRIPT = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local full_at = tonumber(redis.call('GET', KEYS[1]) or now)
full_at = full_at - tonumber(ARGV[2]) / tonumber(ARGV[1]) * tonumber(ARGV[3])
if full_at <= now then return redis.call('DEL', KEYS[1]) end
return redis.call('SET', KEYS[1], string.format('%.0f', full_at),
                  'PX', math.ceil((full_at - now) / 1000) + 1)
"""
# KEYS: an actor. ARGV: limit, period (µs). Counts what has happened already, beyond the limit, too.
RECORD_SCRIPT = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local period = tonumber(ARGV[2])
local full_at = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now) + period / ARGV[1]
full_at = math.min(full_at, now + 2 * period)
return redis.call('SET', KEYS[1], string.format('%.0f', full_at),
                  'PX', math.ceil((full_at - now) / 1000) + 1)
"""
GCRA_DIGEST = hashlib.sha1(GCRA_SCRIPT.encode(), usedforsecurity=False).hexdigest()
ANSWERS_PER_LIMIT = 4


@dataclass(frozen=True)
class RateLimitResult:
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

    def refusal(self) -> HttpResponse:
        """Where no page of ours can say it: a line of text."""
        return HttpResponse(
            _("Too many attempts. Please wait a few minutes."),
            status=TOO_MANY_REQUESTS,
            content_type="text/plain; charset=utf-8",
            headers=self.headers(),
        )


@dataclass(frozen=True)
class RateLimit:
    """A named limit: ``amount`` requests of one actor in ``per_seconds``."""

    name: str
    amount: int
    per_seconds: int

    def hit(self, actor: str) -> RateLimitResult:
        return allow(self.name, actor, self.amount * settings.RATE_LIMIT_FACTOR, self.per_seconds)

    def refund(self, actor: str, count: int) -> None:
        """``count`` of what was taken was not used after all. Waits for nobody; never raises."""
        self._tell(REFUND_SCRIPT, actor, count)

    def record(self, actor: str) -> None:
        """One more has happened, allowed or not. Waits for nobody; never raises."""
        self._tell(RECORD_SCRIPT, actor)

    def _tell(self, script: str, actor: str, *more: int) -> None:
        if _outage.is_open():
            return
        amount = self.amount * settings.RATE_LIMIT_FACTOR
        arguments: list[str | bytes | int] = [_key(self.name, actor), amount]
        arguments += [self.per_seconds * 1_000_000, *more]
        try:
            core_redis.connection_for(settings.CACHE_URL).send_nowait(
                ("EVAL", script, 1, *arguments)
            )
        except redis.RedisError as error:
            logger.warning("rate limiter away, told it nothing: %s", type(error).__name__)


SIGN_IN_BY_ADDRESS = RateLimit("sign_in_address", 20, 60)
SIGN_IN_BY_ACCOUNT = RateLimit("sign_in_account", 10, 300)
PROFILE_BY_ADDRESS = RateLimit("profile_address", 120, 60)


_outage = CircuitBreaker("rate limiter", OUTAGE_PAUSE_SECONDS)


def allow(name: str, actor: str, limit: int, per_seconds: int) -> RateLimitResult:
    """Count one request of ``actor`` against the limit ``name``; never raises."""
    return _count([(name, actor, limit, per_seconds, 1)])[0]


def hit_all(
    wanted: Sequence[tuple[RateLimit, str] | tuple[RateLimit, str, int]],
) -> list[RateLimitResult]:
    """Count one request against several limits of its actors in one round trip; never raises.

    In this order, up to the first that refuses: only the last of the answers can be a refusal. A
    third item is how many are taken of that limit at once; 0 only asks whether it is used up.
    """
    return _count(
        [
            (
                limit.name,
                actor,
                limit.amount * settings.RATE_LIMIT_FACTOR,
                limit.per_seconds,
                how_many[0] if how_many else 1,
            )
            for limit, actor, *how_many in wanted
        ]
    )


def tightest_headers(allowances: Sequence[RateLimitResult]) -> dict[str, str]:
    """The headers of the limit that is nearest to its end."""
    return min(allowances, key=lambda a: (a.allowed, a.remaining / a.limit)).headers()


def _key(name: str, actor: str) -> str:
    # The actor may be an email address or a token: Redis learns only its digest.
    return f"layar:limit:{name}:{hashlib.sha256(actor.encode()).hexdigest()[:32]}"


def _count(wanted: Sequence[tuple[str, str, int, int, int]]) -> list[RateLimitResult]:
    everything_passes = [RateLimitResult(True, limit, limit, 0) for _n, _a, limit, _s, _w in wanted]
    if _outage.is_open():
        return everything_passes
    keys, arguments = [], []
    for name, actor, limit, per_seconds, how_many in wanted:
        keys.append(_key(name, actor))
        arguments += [limit, per_seconds * 1_000_000, how_many]
    try:
        answers = _run_script(len(keys), *keys, *arguments)
    except redis.RedisError as error:
        _outage.trip(error)
        return everything_passes
    return [
        RateLimitResult(
            allowed=bool(answers[at]),
            limit=wanted[at // ANSWERS_PER_LIMIT][2],
            remaining=answers[at + 1],
            retry_after_seconds=math.ceil(answers[at + 2] / 1_000_000),
            reset_seconds=math.ceil(answers[at + 3] / 1_000_000),
        )
        for at in range(0, len(answers), ANSWERS_PER_LIMIT)
    ]


def _run_script(*arguments: str | int) -> list[int]:
    connection = core_redis.connection_for(settings.CACHE_URL)
    answers: list[int]
    try:
        answers = connection.execute("EVALSHA", GCRA_DIGEST, *arguments)
    except redis.exceptions.NoScriptError:  # Redis is new or was emptied
        answers = connection.execute("EVAL", GCRA_SCRIPT, *arguments)
    return answers


class LimitedView(APIView):
    """A DRF view whose every request counts against ``limits``, told in RateLimit headers.

    The headers tell of the limit that is nearest to its end. ``limited_actor`` says who counts.
    """

    limits: ClassVar[Sequence[RateLimit]] = ()
    _allowances: list[RateLimitResult]

    def limited_actor(self, request: HttpRequest | Request) -> str:
        return client_network(request)

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        self._allowances = []
        return super().initialize_request(request, *args, **kwargs)

    def check_throttles(self, request: Request) -> None:
        super().check_throttles(request)
        for limit in self.limits:
            self.enforce(limit, self.limited_actor(request))

    def enforce(self, limit: RateLimit, actor: str) -> None:
        """Count one more; raises DRF's Throttled when it is one too many."""
        allowance = limit.hit(actor)
        self._allowances.append(allowance)
        if not allowance.allowed:
            raise Throttled(wait=allowance.retry_after_seconds)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        answer: HttpResponseBase = super().finalize_response(request, response, *args, **kwargs)
        if self._allowances:
            for name, value in tightest_headers(self._allowances).items():
                answer[name] = value
        return answer
