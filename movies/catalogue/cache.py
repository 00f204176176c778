"""Catalogue cache in Redis: generations, single-flight rebuilds, behaviour during outages.

Every key carries a generation, a token that a commit replaces (``new_generation``); entries of an
older one are never read again and expire. Each process keeps decoded entries of the current
generation, so that a warm read costs one small GET. The token ends with a revision
(``new_revision``): pages made from an older one are stale, entries are not. While Redis is
unreachable everything comes from the database.
"""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Any, Generic, TypeVar, cast

import orjson
from django_redis import get_redis_connection
from redis import Redis
from redis.exceptions import RedisError

from core.cache import Timing, get_or_build
from core.db import replica
from core.outage import CircuitBreaker

KEY = "layar:catalogue"
GENERATION_KEY = f"{KEY}:generation"
# maximum time for which a change stays unseen if its new generation is lost with Redis
ENTRY_SECONDS = 300
MEMO_SECONDS = 60
MEMO_ENTRIES_MAX = 512
BUILD_LOCK_MS = 5_000
WAIT_SECONDS = 1.0
WAIT_STEP_SECONDS = 0.02
OUTAGE_PAUSE_SECONDS = 2.0
# One process reads the generation at most once in this time, however many requests it has.
TOKEN_SECONDS = 0.02

# Token of the same generation with another revision; nothing without a generation.
NEW_REVISION = """
local token = redis.call('GET', KEYS[1])
if token then redis.call('SET', KEYS[1], string.match(token, '^[^.]*') .. '.' .. ARGV[1]) end
return 0
"""

Value = TypeVar("Value")


class Recent(Generic[Value]):
    """Recently read values, each kept for ``seconds``, shared by a process's threads."""

    def __init__(self, entries_max: int, seconds: float) -> None:
        self.entries_max = entries_max
        self.seconds = seconds
        self._entries: OrderedDict[Any, tuple[float, Value]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Any) -> Value | None:
        with self._lock:
            entry = self._entries.get(key)
            if entry is None or entry[0] < time.monotonic():
                return None
            self._entries.move_to_end(key)
            return entry[1]

    def put(self, key: Any, value: Value) -> None:
        with self._lock:
            self._entries[key] = (time.monotonic() + self.seconds, value)
            self._entries.move_to_end(key)
            while len(self._entries) > self.entries_max:
                self._entries.popitem(last=False)


class Token:
    """The generation as last read by this process, and when it has to be read again."""

    def __init__(self) -> None:
        self.value: bytes | None = None
        self.until = 0.0
        self.is_replacement_due = False  # a new one could not be written to Redis

    def keep(self, value: bytes | None) -> bytes | None:
        self.value, self.until = value, time.monotonic() + TOKEN_SECONDS
        return value

    def known(self) -> bytes | None:
        return self.value if time.monotonic() < self.until else None


outage = CircuitBreaker("catalogue cache", OUTAGE_PAUSE_SECONDS)
_token = Token()
_memo: Recent[Any] = Recent(MEMO_ENTRIES_MAX, MEMO_SECONDS)


def invalidate() -> None:
    """Clear this process's copies. For tests, which empty Redis between them."""
    _token.keep(None)
    outage.reset()
    _token.is_replacement_due = False


def redis() -> Redis:
    return cast(Redis, get_redis_connection("default"))


def _new_token() -> bytes:
    return secrets.token_hex(8).encode()


def new_generation() -> None:
    """Make every entry stale, in every process. Call after the commit that changed something."""
    _token.keep(None)
    replica.must_have_caught_up()  # before an entry of the new generation can be built
    if not outage.is_open():
        try:
            redis().set(GENERATION_KEY, _new_token())
            _token.is_replacement_due = False
            return
        except RedisError as error:
            outage.trip(error)
    _token.is_replacement_due = True


def without_revision(token: bytes) -> bytes:
    return token.partition(b".")[0]


def new_revision() -> None:
    """Make pages stale, in every process, but no entry. Raises RedisError."""
    _token.keep(None)
    redis().eval(NEW_REVISION, 1, GENERATION_KEY, secrets.token_hex(4))


def generation() -> bytes | None:
    """The current generation with its revision; None while Redis is unavailable."""
    known = _token.known()
    if known is not None or outage.is_open():
        return known
    try:
        if _token.is_replacement_due:
            new_generation()
        connection = redis()
        token = cast(bytes | None, connection.get(GENERATION_KEY))
        if token is None:
            # Another process's token must not be replaced: SET NX, then read the winner.
            connection.set(GENERATION_KEY, _new_token(), nx=True)
            token = cast(bytes | None, connection.get(GENERATION_KEY))
        return _token.keep(token)
    except RedisError as error:
        outage.trip(error)
        return None


def read(
    name: str,
    token: bytes | None,
    build: Callable[[], Any],
    decode: Callable[[Any], Value],
) -> Value:
    """Entry ``name`` of generation ``token``. ``build`` reads JSON-ready data from the database,
    ``decode`` turns its JSON form into a value that readers share and must not change. Exceptions
    of ``build`` are passed on, and nothing is stored."""
    if token is None:
        return decode(orjson.loads(orjson.dumps(build())))
    token = without_revision(token)
    memo_key = (token, name)
    known = _memo.get(memo_key)
    if known is None:
        known = decode(orjson.loads(_entry(name, token, build)))
        _memo.put(memo_key, known)
    return cast(Value, known)


def _entry(name: str, token: bytes, build: Callable[[], Any]) -> bytes:
    key = f"{KEY}:{token.decode()}:{name}"
    timing = Timing(ENTRY_SECONDS * 1_000, BUILD_LOCK_MS, WAIT_SECONDS, WAIT_STEP_SECONDS)
    entries = get_or_build(
        redis(), [key], lambda _keys: {key: orjson.dumps(build())}, timing, outage
    )
    return entries[key]
