"""Counts unpaid seats in Redis, against hoarding; the counters expire within hours.

The database stores no address. For the lifetime of a hold, Redis stores the network and the account
of its visitor. Seats that are released unpaid are counted for both (quotas, cool-down of seats) and
by network (an IPv4 /24, an IPv6 /48) with the number of different visitors, so that staff get an
incident when many visitors hoard together.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from ipaddress import ip_network
from typing import Any

import orjson
import redis
from django.conf import settings

from core import redis as core_redis
from seating.holds.limits import (
    COOL_DOWN_AFTER_BY_NETWORK,
    COOL_DOWN_AFTER_BY_VISITOR,
    COOL_DOWN_KEPT_SECONDS,
    COOL_DOWN_SECONDS,
    SEATS_OF_TYPICAL_HOLD,
)
from seating.holds.visitors import ACCOUNT_PREFIX, BEARER

logger = logging.getLogger(__name__)

KEY = "layar:hoarding"
REMEMBERED_SECONDS = 3 * 60 * 60
PREFIX_BITS = {4: 24, 6: 64}
WIDE_PREFIX_BITS = 48
NETWORKS_REPORTED_MAX = 20
NETWORKS_CACHED_MAX = 2_048

# KEYS: the hour's networks. ARGV: network, visitor, holds (a part of one), time to live (s).
NETWORK_SCRIPT = """
local visitors = KEYS[1] .. ':' .. ARGV[1]
redis.call('ZINCRBY', KEYS[1], ARGV[3], ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[4])
redis.call('PFADD', visitors, ARGV[2])
return redis.call('EXPIRE', visitors, ARGV[4])
"""
# KEYS: released seats of each actor. ARGV: limit of each actor, then seats.
COOLING_SCRIPT = """
local cooling = {}
for actor, key in ipairs(KEYS) do
  for at = #KEYS + 1, #ARGV do
    if tonumber(redis.call('HGET', key, ARGV[at]) or 0) >= tonumber(ARGV[actor]) then
      cooling[#cooling + 1] = ARGV[at]
    end
  end
end
return cooling
"""


@dataclass(frozen=True)
class Holder:
    """Who holds seats. ``network``: from ``client_network``; empty if unknown. ``account``:
    ``user:<id>`` if signed in. ``waiting_pass``: of a waiting room.
    """

    network: str
    visitor: str
    account: str = ""
    waiting_pass: str = field(default="", repr=False)

    @property
    def is_signed_in(self) -> bool:
        """The website's holds name the account beside the visitor, the API's as the visitor."""
        return bool(self.account) or self.visitor.startswith(ACCOUNT_PREFIX)

    @property
    def names(self) -> list[str]:
        """Identities of the person; none for the bearer of a hold's id."""
        if self.visitor.startswith(BEARER):
            return []
        return [self.visitor, self.account] if self.account else [self.visitor]

    @property
    def prefix(self) -> str:
        return _prefixes(self.network)[0] if self.network else ""

    @property
    def wide_prefix(self) -> str:
        """The IPv6 /48; empty for IPv4."""
        return _prefixes(self.network)[1] if self.network else ""


@dataclass(frozen=True)
class Hoarding:
    """A network whose visitors left many holds unpaid within one ``hour``.

    ``lapses`` in holds of SEATS_OF_TYPICAL_HOLD kept for HOLD_SECONDS, as the quotas count.
    """

    network: str
    hour: str
    lapses: int
    visitors: int


def remember(holder: Holder) -> None:
    """Store the holder's network and account for the lifetime of a hold. Never raises."""
    origin = orjson.dumps([holder.network, holder.account])
    kept_seconds = 2 * settings.HOLD_SECONDS + 60
    _send(("SET", _origin_key(holder.visitor), origin, "EX", kept_seconds))


def holder_of(visitor: str) -> Holder:
    """The visitor with the network and account of its last hold, if known."""
    try:
        connection = core_redis.connection_for(settings.CACHE_URL)
        origin = connection.execute("GET", _origin_key(visitor))
    except redis.RedisError as error:
        logger.warning("origin of a hold is not known: %s", type(error).__name__)
        origin = None
    network, account = orjson.loads(origin) if origin else ("", "")
    return Holder(network, visitor, account)


def record_unpaid(
    holder: Holder, showtime_id: int, seat_ids: Collection[int], kept_seconds: float, at: datetime
) -> None:
    """Count seats that the holder kept without paying. Never raises."""
    commands: list[core_redis.Command] = []
    if kept_seconds >= COOL_DOWN_KEPT_SECONDS:
        for actor, _often in _actors(holder):
            key = _seats_key(actor, showtime_id)
            commands += [("HINCRBY", key, seat_id, 1) for seat_id in sorted(seat_ids)]
            commands.append(("EXPIRE", key, COOL_DOWN_SECONDS))
    if holder.network:
        share = min(1.0, kept_seconds / settings.HOLD_SECONDS)
        holds = f"{share * len(seat_ids) / SEATS_OF_TYPICAL_HOLD:.3f}"
        network, visitor = _prefixes(holder.network)[1] or holder.prefix, _digest(holder.visitor)
        values = (network, visitor, holds, REMEMBERED_SECONDS)
        commands.append(("EVAL", NETWORK_SCRIPT, 1, _networks_key(at), *values))
    if commands:
        _send(*commands)


def cooling_down(holder: Holder, showtime_id: int, seat_ids: Collection[int]) -> list[int]:
    """The seats that cool down because they were released unpaid too often. Never raises."""
    actors = _actors(holder)
    if not actors or not seat_ids:
        return []
    keys = [_seats_key(actor, showtime_id) for actor, _often in actors]
    often = [too_often for _actor, too_often in actors]
    try:
        connection = core_redis.connection_for(settings.CACHE_URL)
        cooling = connection.execute("EVAL", COOLING_SCRIPT, len(keys), *keys, *often, *seat_ids)
    except redis.RedisError as error:
        logger.warning("cool-down of seats is not known: %s", type(error).__name__)
        return []
    return sorted({int(seat_id) for seat_id in cooling})


def worst(at: datetime) -> list[Hoarding]:
    """The networks of this hour above both thresholds, the worst first. Empty without Redis."""
    try:
        connection, hour_key = core_redis.connection_for(settings.CACHE_URL), _networks_key(at)
        found: Any = connection.execute(
            "ZREVRANGEBYSCORE", hour_key, "+inf", settings.HOARDING_LAPSES, "WITHSCORES",
            "LIMIT", 0, NETWORKS_REPORTED_MAX,
        )  # fmt: skip
        texts = [_text(item) for item in found]
        return [
            Hoarding(network, _hour(at), round(float(lapses)), visitors)
            for network, lapses in zip(texts[::2], texts[1::2], strict=True)
            if (visitors := int(connection.execute("PFCOUNT", f"{hour_key}:{network}")))
            >= settings.HOARDING_VISITORS
        ]
    except redis.RedisError as error:
        logger.warning("cannot query hoarding: %s", type(error).__name__)
        return []


def _actors(holder: Holder) -> list[tuple[str, int]]:
    """Actors whose seats cool down, with the number of unpaid releases after which they do."""
    actors = [(name, COOL_DOWN_AFTER_BY_VISITOR) for name in holder.names]
    if holder.network:
        actors.append((holder.prefix, COOL_DOWN_AFTER_BY_NETWORK))
    return actors


@lru_cache(maxsize=NETWORKS_CACHED_MAX)  # computing them is the most expensive part
def _prefixes(network: str) -> tuple[str, str]:
    """The /24 or /64 of an address, and its IPv6 /48 (empty for IPv4)."""
    whole = ip_network(network, strict=False)

    def prefix(bits: int) -> str:
        return str(whole.supernet(new_prefix=min(whole.prefixlen, bits)))

    wide = prefix(WIDE_PREFIX_BITS) if whole.version == 6 else ""
    return prefix(PREFIX_BITS[whole.version]), wide


def _send(*commands: core_redis.Command) -> None:
    try:
        core_redis.connection_for(settings.CACHE_URL).send_nowait(*commands)
    except redis.RedisError as error:
        logger.warning("hoarding is not counted: %s", type(error).__name__)


def _digest(actor: str) -> str:
    return hashlib.sha256(f"{settings.SECRET_KEY} {actor}".encode()).hexdigest()[:24]


def _origin_key(visitor: str) -> str:
    return f"{KEY}:origin:{_digest(visitor)}"


def _seats_key(actor: str, showtime_id: int) -> str:
    return f"{KEY}:seats:{showtime_id}:{_digest(actor)}"


def _hour(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H}"


def _networks_key(at: datetime) -> str:
    return f"{KEY}:{_hour(at)}"


def _text(item: Any) -> str:
    return item.decode() if isinstance(item, bytes) else str(item)
