"""How the catalogue lies in Redis: what a key means, who rebuilds an entry, what an outage costs.

Every key carries a generation, a token that a commit replaces (``new_generation``); entries of an
older one are never read again and time out. An entry that is missing is built by whoever gets its
lock; others wait a moment for it and then build for themselves. Each process keeps decoded entries
of the current generation, so that a warm read costs one small GET. When Redis is away everything
comes from the database, and Redis is left alone for ``OUTAGE_PAUSE_SECONDS`` after each failure.
"""

from __future__ import annotations

import logging
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

from core.db import replica

logger = logging.getLogger(__name__)

KEY = "layar:catalogue"
GENERATION_KEY = f"{KEY}:generation"
ENTRY_SECONDS = 300  # how long a change can stay unseen should its bump be lost with Redis
MEMO_SECONDS = 60
MEMO_ENTRIES_MAX = 512
BUILD_LOCK_MS = 5_000
WAIT_SECONDS = 1.0
WAIT_STEP_SECONDS = 0.02
OUTAGE_PAUSE_SECONDS = 2.0
# A crowd in one process asks for the generation once in this time; nobody notices the delay.
TOKEN_SECONDS = 0.02

RELEASE_OWN_LOCK = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""

Value = TypeVar("Value")


class Recent(Generic[Value]):
    """The values asked for last, each for ``seconds``, shared by a process's threads."""

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


class Outage:
    """Remembers a failure of Redis, so that it costs one time-out and not one per request."""

    def __init__(self) -> None:
        self.until = 0.0
        self.bump_is_owed = False

    def is_on(self) -> bool:
        return time.monotonic() < self.until

    def begin(self, error: RedisError) -> None:
        logger.warning("catalogue cache is away: %s", error)
        self.until = time.monotonic() + OUTAGE_PAUSE_SECONDS


class Token:
    """The generation as this process read it last, and until when it need not be read again."""

    def __init__(self) -> None:
        self.value: bytes | None = None
        self.until = 0.0

    def keep(self, value: bytes | None) -> bytes | None:
        self.value, self.until = value, time.monotonic() + TOKEN_SECONDS
        return value

    def known(self) -> bytes | None:
        return self.value if time.monotonic() < self.until else None


outage = Outage()
_token = Token()
_memo: Recent[Any] = Recent(MEMO_ENTRIES_MAX, MEMO_SECONDS)


def invalidate() -> None:
    """Start as a new process would. For tests, which empty Redis between them."""
    _token.keep(None)
    outage.until = 0.0
    outage.bump_is_owed = False


def _redis() -> Redis:
    return cast(Redis, get_redis_connection("default"))


def _new_token() -> bytes:
    return secrets.token_hex(8).encode()


def new_generation() -> None:
    """Make every entry stale, in every process. Call after the commit that changed something."""
    _token.keep(None)
    replica.must_have_caught_up()  # before anybody can build an entry of the new generation
    if not outage.is_on():
        try:
            _redis().set(GENERATION_KEY, _new_token())
            outage.bump_is_owed = False
            return
        except RedisError as error:
            outage.begin(error)
    outage.bump_is_owed = True


def generation() -> bytes | None:
    """The current generation; None while Redis is away."""
    known = _token.known()
    if known is not None or outage.is_on():
        return known
    try:
        if outage.bump_is_owed:
            new_generation()
        connection = _redis()
        token = cast(bytes | None, connection.get(GENERATION_KEY))
        if token is None:
            # Nobody else's token may be replaced: SET NX, then read what won.
            connection.set(GENERATION_KEY, _new_token(), nx=True)
            token = cast(bytes | None, connection.get(GENERATION_KEY))
        return _token.keep(token)
    except RedisError as error:
        outage.begin(error)
        return None


def read(
    name: str,
    token: bytes | None,
    build: Callable[[], Any],
    decode: Callable[[Any], Value],
) -> Value:
    """Entry ``name`` of generation ``token``. ``build`` asks the database for JSON-ready data,
    ``decode`` makes of its JSON form what readers share: it must not be changed by them.
    What ``build`` raises is passed on, and nothing is kept."""
    if token is None:
        return decode(orjson.loads(orjson.dumps(build())))
    memo_key = (token, name)
    known = _memo.get(memo_key)
    if known is None:
        known = decode(orjson.loads(_entry(name, token, build)))
        _memo.put(memo_key, known)
    return cast(Value, known)


def _entry(name: str, token: bytes, build: Callable[[], Any]) -> bytes:
    key = f"{KEY}:{token.decode()}:{name}"
    own_lock = _new_token()
    try:
        connection = _redis()
        entry = cast(bytes | None, connection.get(key))
        if entry is None:
            is_ours, entry = try_lock(connection, key, own_lock, BUILD_LOCK_MS)
            if entry is None and not is_ours:
                entry = _wait_for(connection, key)
            elif entry is not None and is_ours:
                _release(connection, f"{key}:lock", own_lock)
        if entry is not None:
            return entry
    except RedisError as error:
        outage.begin(error)
        return orjson.dumps(build())
    try:
        entry = orjson.dumps(build())
        _store(connection, key, entry)
        return entry
    finally:
        _release(connection, f"{key}:lock", own_lock)


def try_lock(store: Redis, key: str, own_lock: bytes, lock_ms: int) -> tuple[bool, bytes | None]:
    """Whether it is now the caller's turn to build ``key``, and what is kept of it: whoever had
    the turn before may have ended since the caller looked. Raises RedisError."""
    with store.pipeline(transaction=False) as pipe:
        pipe.set(f"{key}:lock", own_lock, nx=True, px=lock_ms)
        pipe.get(key)
        is_ours, kept = pipe.execute()
    return bool(is_ours), kept


def _store(connection: Redis, key: str, entry: bytes) -> None:
    try:
        connection.set(key, entry, ex=ENTRY_SECONDS)
    except RedisError as error:
        outage.begin(error)


def _release(connection: Redis, lock_key: str, own_lock: bytes) -> None:
    if outage.is_on():
        return  # it times out by itself
    try:
        connection.eval(RELEASE_OWN_LOCK, 1, lock_key, own_lock)
    except RedisError as error:
        outage.begin(error)


def _wait_for(connection: Redis, key: str) -> bytes | None:
    """The entry that another process is building; None when it takes too long or has failed."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        time.sleep(WAIT_STEP_SECONDS)
        entry = cast(bytes | None, connection.get(key))
        if entry is not None or not connection.exists(f"{key}:lock"):
            return entry
    return None
