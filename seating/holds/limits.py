"""How often one visitor and one address may tap, and how many seats they may keep from others.

Every tap, on the site and over the API, is counted in one round trip (``seating.holds.quotas``).
Seats are counted over a hold's lifetime, so that nobody ever has more than twice a cap's amount at
once, however many servers they ask; what is opened again is given back. A network may be a school
class, an office or a whole mobile carrier, so its cap only stops machines.
"""

from __future__ import annotations

from django.conf import settings

from core.ratelimit import RateLimit

HOLD_BY_VISITOR = RateLimit("hold_visitor", 60, 30)
HOLD_BY_ADDRESS = RateLimit("hold_address", 1_200, 60)

SEATS_BY_VISITOR = RateLimit("seats_visitor", settings.HELD_SEATS_BY_VISITOR, settings.HOLD_SECONDS)
SEATS_BY_NETWORK = RateLimit("seats_network", settings.HELD_SEATS_BY_NETWORK, settings.HOLD_SECONDS)
# Holds that ended without being paid for.
LAPSES_BY_VISITOR = RateLimit("lapses_visitor", settings.LAPSED_HOLDS_BY_VISITOR, 60 * 60)
