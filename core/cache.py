"""Single flight in Redis: a missing entry is built by one process while the others wait for it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

from redis import Redis
from redis.exceptions import RedisError

from core.outage import CircuitBreaker

RELEASE_OWN_LOCK = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""

Entries = dict[str, bytes]
Build = Callable[[list[str]], Entries]


@dataclass(frozen=True)
class Timing:
    """``lock_ms`` bounds a dead builder's lock, ``wait_seconds`` how long others wait for it."""

    ttl_ms: int
    lock_ms: int
    wait_seconds: float
    poll_seconds: float


def get_or_build(
    store: Redis,
    keys: Sequence[str],
    build: Build,
    timing: Timing,
    breaker: CircuitBreaker | None = None,
) -> Entries:
    """The entry of each key; ``build`` makes those that are missing.

    Whoever gets a key's lock builds it. Others retry the lock as they wait, because an entry may
    be dropped before they see it, and build for themselves after ``wait_seconds``. Without Redis
    everything is built here and ``breaker`` trips. What ``build`` raises is passed on.
    """
    flight = _Flight(store, build, timing, breaker)
    found: Entries = {}
    try:
        flight.fill(found, keys)
    except RedisError as error:
        flight.trip(error)
        found |= build([key for key in keys if key not in found])
    return found


class _Flight:
    def __init__(
        self, store: Redis, build: Build, timing: Timing, breaker: CircuitBreaker | None
    ) -> None:
        self.store, self.build, self.timing, self.breaker = store, build, timing, breaker
        self.token = secrets.token_bytes(8)

    def trip(self, error: RedisError) -> None:
        if self.breaker is not None:
            self.breaker.trip(error)

    def fill(self, found: Entries, keys: Sequence[str]) -> None:
        """Adds an entry for each key to ``found``. Raises RedisError."""
        kept = cast("list[bytes | None]", self.store.mget(keys))
        found |= {key: entry for key, entry in zip(keys, kept, strict=True) if entry is not None}
        wait_until = time.monotonic() + self.timing.wait_seconds
        while missing := [key for key in keys if key not in found]:
            own = self._try_locks(found, missing)
            missing = [key for key in missing if key not in found]
            if missing and not own and time.monotonic() > wait_until:
                own = missing
            if own:
                found |= self._build_and_store(own)
            elif missing:
                time.sleep(self.timing.poll_seconds)

    def _try_locks(self, found: Entries, missing: list[str]) -> list[str]:
        """The keys that this process has to build; entries stored meanwhile go to ``found``."""
        with self.store.pipeline(transaction=False) as pipe:
            for key in missing:
                pipe.set(f"{key}:lock", self.token, nx=True, px=self.timing.lock_ms)
                pipe.get(key)
            replies = pipe.execute()
        locked = [key for key, reply in zip(missing, replies[::2], strict=True) if reply]
        entries = dict(zip(missing, replies[1::2], strict=True))
        found |= {key: entry for key, entry in entries.items() if entry is not None}
        self._release([key for key in locked if key in found])
        return [key for key in locked if key not in found]

    def _build_and_store(self, keys: list[str]) -> Entries:
        try:
            built = self.build(keys)
        except BaseException:
            self._release(keys)  # waiters must not wait for an entry that will not be built
            raise
        self._release(keys, built)
        return built

    def _release(self, keys: list[str], built: Entries | None = None) -> None:
        """Gives up own locks, after storing ``built``. An outage leaves them to their timeout."""
        if not keys or (self.breaker is not None and self.breaker.is_open()):
            return
        try:
            with self.store.pipeline(transaction=False) as pipe:
                for key in keys:
                    if built is not None:
                        pipe.set(key, built[key], px=self.timing.ttl_ms)
                    pipe.eval(RELEASE_OWN_LOCK, 1, f"{key}:lock", self.token)
                pipe.execute()
        except RedisError as error:
            self.trip(error)
