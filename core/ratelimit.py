"""Rate limits per actor, counted atomically in Redis.

The generic cell rate algorithm stores one number per actor, the time at which the quota is full
again, and needs one round trip. A burst up to the limit passes at once, then one request each
``per_seconds / limit``. The clock is Redis's own, so all servers agree.

Fails open: while Redis is unreachable every request is allowed and a warning is logged; a circuit
breaker spares requests the timeout.
"""

from __future__ import annotations

import hashlib
import logging
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

import redis
from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext as _

from core import redis as core_redis
from core.outage import CircuitBreaker

logger = logging.getLogger(__name__)

OUTAGE_PAUSE_SECONDS = 2.0
JITTER_SHARE, JITTER_SECONDS_MIN = 0.25, 1
TOO_MANY_REQUESTS = 429

# KEYS: one actor per limit. ARGV for each: limit, period (µs), requested units (0 only checks).
# Returns for each {allowed, remaining, retry µs, full µs}, flat; stops at the first refusal.
GCRA_SCRIPT = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local results = {}
for number, key in ipairs(KEYS) do
  local limit, period = tonumber(ARGV[3 * number - 2]), tonumber(ARGV[3 * number - 1])
  local wanted = tonumber(ARGV[3 * number])
  local step = period / limit
  local full_at = math.max(tonumber(redis.call('GET', key) or now), now)
  local next_full_at = full_at + step * wanted
  local excess = next_full_at - period - now
  local at = #results
  if excess > 0 then
    results[at + 1], results[at + 2] = 0, 0
    results[at + 3], results[at + 4] = math.ceil(excess), math.ceil(full_at - now)
    return results
  end
  if wanted > 0 then
    redis.call('SET', key, string.format('%.0f', next_full_at),
               'PX', math.ceil((next_full_at - now) / 1000) + 1)
  end
  results[at + 1], results[at + 2] = 1, math.floor(-excess / step + 0.0001)
  results[at + 3], results[at + 4] = 0, math.ceil(next_full_at - now)
end
return results
"""
# KEYS: an actor. ARGV: limit, period (µs), units to give back.
REFUND_SCRIPT = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local full_at = tonumber(redis.call('GET', KEYS[1]) or now)
full_at = full_at - tonumber(ARGV[2]) / tonumber(ARGV[1]) * tonumber(ARGV[3])
if full_at <= now then return redis.call('DEL', KEYS[1]) end
return redis.call('SET', KEYS[1], string.format('%.0f', full_at),
                  'PX', math.ceil((full_at - now) / 1000) + 1)
"""
# KEYS: an actor. ARGV: limit, period (µs), units. Counts an event even beyond the limit.
RECORD_SCRIPT = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local period = tonumber(ARGV[2])
local full_at = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
full_at = full_at + period / tonumber(ARGV[1]) * tonumber(ARGV[3])
full_at = math.min(full_at, now + 2 * period)
return redis.call('SET', KEYS[1], string.format('%.0f', full_at),
                  'PX', math.ceil((full_at - now) / 1000) + 1)
"""
GCRA_DIGEST = hashlib.sha1(GCRA_SCRIPT.encode(), usedforsecurity=False).hexdigest()
VALUES_PER_LIMIT = 4


@dataclass(frozen=True)
class RateLimitResult:
    """Outcome of one check. ``reset_seconds``: until the whole quota is available again."""

    allowed: bool
    limit: int
    remaining: int
    retry_after_seconds: int
    reset_seconds: int = 0
    name: str = "default"
    per_seconds: int | None = None  # where the limit has no window

    def headers(self) -> dict[str, str]:
        """As draft-ietf-httpapi-ratelimit-headers-10 has them."""
        window = "" if self.per_seconds is None else f";w={self.per_seconds}"
        headers = {
            "RateLimit-Policy": f'"{self.name}";q={self.limit}{window}',
            "RateLimit": f'"{self.name}";r={self.remaining};t={self.reset_seconds}',
        }
        if not self.allowed:
            headers["Retry-After"] = str(self.retry_after_seconds)
        return headers

    def refusal(self) -> HttpResponse:
        """A plain text 429, for places without a page of their own."""
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

    def peek(self, actor: str) -> RateLimitResult:
        """Whether the limit is used up, without counting; never raises."""
        return hit_all([(self, actor, 0)])[0]

    def refund(self, actor: str, count: int) -> None:
        """Give ``count`` units back. Does not wait for Redis; never raises."""
        self._send(REFUND_SCRIPT, actor, count)

    def record(self, actor: str, count: int = 1) -> None:
        """Count ``count`` units, allowed or not. Does not wait for Redis; never raises."""
        self._send(RECORD_SCRIPT, actor, count)

    def _send(self, script: str, actor: str, *more: int) -> None:
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
            logger.warning("rate limiter unavailable, nothing counted: %s", type(error).__name__)


SIGN_IN_BY_ADDRESS = RateLimit("sign_in_address", 300, 60)
SIGN_IN_BY_ACCOUNT = RateLimit("sign_in_account", 100, 60 * 60)  # from unknown devices
PROFILE_BY_ACCOUNT = RateLimit("profile_account", 120, 60)
# Steps of signing up, signing in and resetting a password; each has a stricter limit of its own.
ACCOUNT_STEPS_BY_ADDRESS = RateLimit("account_steps_address", 600, 60)


_outage = CircuitBreaker("rate limiter", OUTAGE_PAUSE_SECONDS)


def _with_jitter(seconds: int) -> int:
    """A little more than ``seconds``, so that refused clients do not all return at once."""
    spread = max(JITTER_SECONDS_MIN, math.ceil(seconds * JITTER_SHARE))
    return seconds + random.randint(0, spread) if seconds else 0  # noqa: S311 (no secret)


def allow(name: str, actor: str, limit: int, per_seconds: int) -> RateLimitResult:
    """Count one request of ``actor`` against the limit ``name``; never raises."""
    return _count([(name, actor, limit, per_seconds, 1)])[0]


def hit_all(
    wanted: Sequence[tuple[RateLimit, str] | tuple[RateLimit, str, int]],
) -> list[RateLimitResult]:
    """Count one request against several limits in one round trip; never raises.

    Stops at the first refusal, so only the last result can be one. An optional third item is the
    number of units; 0 only checks whether the limit is used up.
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


def tightest_headers(results: Sequence[RateLimitResult]) -> dict[str, str]:
    """Headers of the limit that is closest to being used up."""
    return min(results, key=lambda a: (a.allowed, a.remaining / a.limit)).headers()


def _key(name: str, actor: str) -> str:
    # The actor may be an email address or a token: Redis stores only its digest.
    return f"layar:limit:{name}:{hashlib.sha256(actor.encode()).hexdigest()[:32]}"


def _count(wanted: Sequence[tuple[str, str, int, int, int]]) -> list[RateLimitResult]:
    all_allowed = [
        RateLimitResult(True, limit, limit, 0, name=name, per_seconds=per_seconds)
        for name, _actor, limit, per_seconds, _units in wanted
    ]
    if _outage.is_open():
        return all_allowed
    keys, arguments = [], []
    for name, actor, limit, per_seconds, how_many in wanted:
        keys.append(_key(name, actor))
        arguments += [limit, per_seconds * 1_000_000, how_many]
    try:
        values = _run_script(len(keys), *keys, *arguments)
    except redis.RedisError as error:
        _outage.trip(error)
        return all_allowed
    return [
        RateLimitResult(
            allowed=bool(values[at]),
            limit=limit,
            remaining=values[at + 1],
            retry_after_seconds=_with_jitter(math.ceil(values[at + 2] / 1_000_000)),
            reset_seconds=math.ceil(values[at + 3] / 1_000_000),
            name=name,
            per_seconds=per_seconds,
        )
        for at, (name, _actor, limit, per_seconds, _units) in zip(
            range(0, len(values), VALUES_PER_LIMIT), wanted, strict=False
        )
    ]


def _run_script(*arguments: str | int) -> list[int]:
    connection = core_redis.connection_for(settings.CACHE_URL)
    values: list[int]
    try:
        values = connection.execute("EVALSHA", GCRA_DIGEST, *arguments)
    except redis.exceptions.NoScriptError:  # Redis was restarted or flushed
        values = connection.execute("EVAL", GCRA_SCRIPT, *arguments)
    return values
