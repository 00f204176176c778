"""Rate limits and quotas of holds, per visitor and per network.

Every hold request is counted in one round trip (``seating.holds.quotas``). An IPv4 address
may be a school class, an office or a whole mobile carrier, so the limits of networks only stop
automated clients.
"""

from __future__ import annotations

from django.conf import settings

from core.ratelimit import RateLimit

HOUR_SECONDS = 60 * 60

HOLD_BY_VISITOR = RateLimit("hold_visitor", 60, 30)
HOLD_READS_BY_VISITOR = RateLimit("hold_reads_visitor", 300, 60)
# Requests to take seats by people who are not signed in.
HOLD_BY_ADDRESS = RateLimit("hold_address", 6_000, 60)

# Seats taken within HOLD_SECONDS: at most twice as many can be held at once.
SEATS_BY_VISITOR = RateLimit("seats_visitor", settings.HELD_SEATS_BY_VISITOR, settings.HOLD_SECONDS)
SEATS_BY_NETWORK = RateLimit("seats_network", settings.HELD_SEATS_BY_NETWORK, settings.HOLD_SECONDS)
# An IPv6 /48 is one customer of a provider and has 65,536 networks of /64.
SEATS_BY_PREFIX = RateLimit(
    "seats_prefix", 4 * settings.HELD_SEATS_BY_NETWORK, settings.HOLD_SECONDS
)

# Unpaid seat-seconds in an hour; for a network, per showtime.
SEATS_OF_TYPICAL_HOLD = 2
UNPAID_BY_VISITOR = RateLimit(
    "unpaid_visitor",
    settings.LAPSED_HOLDS_BY_VISITOR * SEATS_OF_TYPICAL_HOLD * settings.HOLD_SECONDS,
    HOUR_SECONDS,
)
UNPAID_BY_NETWORK = RateLimit(
    "unpaid_network", settings.UNPAID_SEATS_BY_NETWORK * settings.HOLD_SECONDS, HOUR_SECONDS
)
UNPAID_BY_PREFIX = RateLimit(
    "unpaid_prefix", 2 * settings.UNPAID_SEATS_BY_NETWORK * settings.HOLD_SECONDS, HOUR_SECONDS
)

# A seat that was kept for this long and released unpaid this often cools down for the same visitor
# or account, and for the same network.
COOL_DOWN_KEPT_SECONDS = 60
COOL_DOWN_SECONDS = 2 * settings.HOLD_SECONDS
COOL_DOWN_AFTER_BY_VISITOR = 2
COOL_DOWN_AFTER_BY_NETWORK = 3
