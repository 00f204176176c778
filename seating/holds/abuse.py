"""Who lets seats go unpaid, again and again: counted in Redis, forgotten within hours.

No row knows an address. For the time that a hold lives Redis knows from which part of the net a
visitor came (an IPv4 /24, an IPv6 /48); when the hold ends unpaid that part is counted, with how
many different visitors it had, so that staff hear of many visitors who hoard together.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from ipaddress import ip_network
from typing import Any

import redis
from django.conf import settings
from django.db import transaction

from core import redis as core_redis
from seating.holds.limits import LAPSES_BY_VISITOR

logger = logging.getLogger(__name__)

KEY = "layar:hoarding"
REMEMBERED_SECONDS = 3 * 60 * 60
TOLD_BITS = {4: 24, 6: 48}
NETWORKS_LOOKED_AT_MAX = 20
NETWORKS_KEPT_MAX = 2_048

# KEYS: whence a visitor came, the hour's networks. ARGV: the visitor, how long to remember (s).
LAPSE_SCRIPT = """
local network = redis.call('GET', KEYS[1])
if not network then return 0 end
redis.call('ZINCRBY', KEYS[2], 1, network)
redis.call('EXPIRE', KEYS[2], ARGV[2])
redis.call('PFADD', KEYS[2] .. ':' .. network, ARGV[1])
return redis.call('EXPIRE', KEYS[2] .. ':' .. network, ARGV[2])
"""


@dataclass(frozen=True)
class Hoarding:
    """A part of the net whose visitors let many holds go unpaid within one ``hour``."""

    network: str
    hour: str
    lapses: int
    visitors: int


def remember(visitor: str, network: str, account: str | None) -> None:
    """Whence this visitor taps and who is signed in there, as long as a hold may live.

    Waits for nobody; never raises.
    """
    kept_seconds = 2 * settings.HOLD_SECONDS + 60
    who: core_redis.Command = ("DEL", _account(visitor))  # who was there before has gone
    if account:
        who = ("SET", _account(visitor), account, "EX", kept_seconds)
    _tell(("SET", _whence(visitor), told_part(network), "EX", kept_seconds), who)


def note_lapse(visitor: str, at: datetime) -> None:
    """A hold of this visitor ended unpaid; counted once its transaction commits."""

    def tell() -> None:
        LAPSES_BY_VISITOR.record(visitor)
        if account := account_of(visitor):
            LAPSES_BY_VISITOR.record(account)
        keys = (_whence(visitor), _networks(at))
        _tell(("EVAL", LAPSE_SCRIPT, 2, *keys, _digest(visitor), REMEMBERED_SECONDS))

    transaction.on_commit(tell)


def worst(at: datetime) -> list[Hoarding]:
    """The networks of this hour over both marks, the worst first. Empty while Redis is away."""
    try:
        connection, hour_key = core_redis.connection_for(settings.CACHE_URL), _networks(at)
        found: Any = connection.execute(
            "ZREVRANGEBYSCORE", hour_key, "+inf", settings.HOARDING_LAPSES, "WITHSCORES",
            "LIMIT", 0, NETWORKS_LOOKED_AT_MAX,
        )  # fmt: skip
        told = [_text(item) for item in found]
        return [
            Hoarding(network, _hour(at), int(float(lapses)), visitors)
            for network, lapses in zip(told[::2], told[1::2], strict=True)
            if (visitors := int(connection.execute("PFCOUNT", f"{hour_key}:{network}")))
            >= settings.HOARDING_VISITORS
        ]
    except redis.RedisError as error:
        logger.warning("cannot look for hoarding: %s", type(error).__name__)
        return []


@lru_cache(maxsize=NETWORKS_KEPT_MAX)  # reckoning it takes longer than all else here
def told_part(network: str) -> str:
    """As much of an address as may be written down."""
    whole = ip_network(network, strict=False)
    bits = min(whole.prefixlen, TOLD_BITS[whole.version])
    return str(whole.supernet(new_prefix=bits))


def account_of(visitor: str) -> str:
    """Who was signed in as this browser last took seats; empty where nobody was."""
    try:
        return _text(
            core_redis.connection_for(settings.CACHE_URL).execute("GET", _account(visitor)) or ""
        )
    except redis.RedisError as error:
        logger.warning("whose hold it was is not known: %s", type(error).__name__)
        return ""


def _tell(*commands: core_redis.Command) -> None:
    try:
        core_redis.connection_for(settings.CACHE_URL).send_nowait(*commands)
    except redis.RedisError as error:
        logger.warning("hoarding is not counted: %s", type(error).__name__)


def _digest(visitor: str) -> str:
    return hashlib.sha256(f"{settings.SECRET_KEY} {visitor}".encode()).hexdigest()[:24]


def _whence(visitor: str) -> str:
    return f"{KEY}:whence:{_digest(visitor)}"


def _account(visitor: str) -> str:
    return f"{KEY}:account:{_digest(visitor)}"


def _hour(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H}"


def _networks(at: datetime) -> str:
    return f"{KEY}:{_hour(at)}"


def _text(item: Any) -> str:
    return item.decode() if isinstance(item, bytes) else str(item)
