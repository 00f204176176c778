"""Limits of password attempts that cannot be used to lock another user out.

Attempts count per network and account together: after ``FREE_ATTEMPTS`` each further one has to
wait twice as long as the one before, and a success starts over. A limit per account alone, which
slows guessing from many networks, lets known devices through: a browser with the signed cookie of
an earlier sign-in, an app whose ``X-Visitor`` has signed in before. Passkeys need no password and
are not limited here. Fails open while Redis is unreachable.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass

import redis
from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse

from accounts.models import User
from core import redis as core_redis
from core.http.client_ip import client_network
from core.outage import CircuitBreaker
from core.ratelimit import SIGN_IN_BY_ACCOUNT, RateLimitResult

FREE_ATTEMPTS = 5
DELAY_MAX_SECONDS = 15 * 60
MEMORY_SECONDS = 60 * 60
DEVICE_COOKIE = "layar_device"
DEVICE_SECONDS = 180 * 24 * 60 * 60
SALT = "accounts.auth.throttle"
VISITOR_HEADER = "X-Visitor"

# KEYS: attempts, pause. ARGV: free attempts, longest delay (s), memory (s).
# Returns the milliseconds to wait; 0 counts the attempt.
ATTEMPT_SCRIPT = """
local pause = redis.call('PTTL', KEYS[2])
if pause > 0 then return pause end
local attempts = redis.call('INCR', KEYS[1])
redis.call('EXPIRE', KEYS[1], ARGV[3])
local excess = attempts - ARGV[1]
if excess >= 0 then
  redis.call('SET', KEYS[2], 1, 'EX', math.min(2 ^ math.min(excess, 20), ARGV[2]))
end
return 0
"""

_outage = CircuitBreaker("sign-in throttle", 2.0)


@dataclass(frozen=True)
class Attempt:
    """One password attempt for the account ``email`` (lower case)."""

    email: str
    network: str
    device: str  # empty: no known device

    @classmethod
    def of(cls, request: HttpRequest, email: str) -> Attempt:
        email = email.lower()
        return cls(email, client_network(request), _known_device(request, email))

    def hit(self) -> RateLimitResult:
        """Count the attempt before the password is checked; never raises."""
        result = RateLimitResult(True, FREE_ATTEMPTS, FREE_ATTEMPTS, 0)
        if not self.device:
            result = SIGN_IN_BY_ACCOUNT.hit(self.email)
        if result.allowed and (wait_ms := self._wait_ms()):
            return RateLimitResult(False, FREE_ATTEMPTS, 0, math.ceil(wait_ms / 1000))
        return result

    def succeed(self) -> None:
        """The password was correct: do not count the attempt."""
        if not self.device:
            SIGN_IN_BY_ACCOUNT.refund(self.email, 1)
        try:
            core_redis.connection_for(settings.CACHE_URL).send_nowait(("DEL", *self._keys()))
        except redis.RedisError as error:
            _outage.trip(error)

    def _wait_ms(self) -> int:
        if _outage.is_open():
            return 0
        free = FREE_ATTEMPTS * settings.RATE_LIMIT_FACTOR
        try:
            return int(
                core_redis.connection_for(settings.CACHE_URL).execute(
                    *("EVAL", ATTEMPT_SCRIPT, 2, *self._keys()),
                    *(free, DELAY_MAX_SECONDS, MEMORY_SECONDS),
                )
            )
        except redis.RedisError as error:
            _outage.trip(error)
            return 0

    def _keys(self) -> tuple[str, str]:
        digest = _digest(self.email, self.device or self.network)
        return f"layar:sign_in:{digest}:attempts", f"layar:sign_in:{digest}:pause"


def remember_browser(response: HttpResponse, user: User) -> None:
    """Make the browser that gets ``response`` a known device of the user."""
    response.set_signed_cookie(
        DEVICE_COOKIE,
        str(user.pk),
        salt=SALT,
        max_age=DEVICE_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def remember_app(request: HttpRequest, user: User) -> None:
    """Make the app of this X-Visitor a known device of the user."""
    if visitor := request.headers.get(VISITOR_HEADER):
        cache.set(_app_key(visitor, user.pk), 1, DEVICE_SECONDS)


def _known_device(request: HttpRequest, email: str) -> str:
    # The same work for an address without an account: no user has id 0.
    user_id = User.objects.filter(email=email).values_list("pk", flat=True).first() or 0
    try:
        known = request.get_signed_cookie(DEVICE_COOKIE, salt=SALT, max_age=DEVICE_SECONDS)
    except (KeyError, signing.BadSignature):
        known = ""
    if known == str(user_id):
        return f"browser:{request.COOKIES[DEVICE_COOKIE]}"
    visitor = request.headers.get(VISITOR_HEADER, "")
    if visitor and cache.get(_app_key(visitor, user_id)):
        return f"app:{visitor}"
    return ""


def _app_key(visitor: str, user_id: int) -> str:
    return f"device:{_digest(visitor, str(user_id))}"


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
