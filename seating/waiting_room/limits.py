"""Times, batches and rate limits of waiting rooms."""

from __future__ import annotations

from core.ratelimit import RateLimit

# How long a called visitor may take to come in, and how long they are inside then.
ENTER_SECONDS = 120
INSIDE_SECONDS = 600
# A free seat is reckoned with for each visitor who was called this recently and has none yet: who
# dawdles must not keep the last seats from the others. Nor do they keep the places inside, counted
# from when they came in; they may choose until INSIDE_SECONDS are over all the same.
CHOOSING_SECONDS = 180
# Only who was seen this recently is called; others keep their rank and are passed over meanwhile.
CALL_PRESENCE_SECONDS = 150
# Who was seen this recently counts as waiting ahead of others. Above CHECK_SECONDS_MAX.
COUNT_PRESENCE_SECONDS = 600
# After this time without a sign a place ends, counted from the opening at the earliest.
ABANDONED_SECONDS = 15 * 60
SEEN_SECONDS = 15  # a heartbeat writes at most this often
# How often a waiting page or an app asks for its place: a share of its estimate within bounds.
CHECK_SHARE = 5
CHECK_SECONDS_MIN, CHECK_SECONDS_MAX = 5, 240
CHECK_SECONDS_UNKNOWN = 30  # without an estimate
# Everybody who waits in a room asks this often together, except near the front.
CHECKS_PER_SECOND_MAX = 500
# Who asks as told asks this long after their earliest possible call at the latest, and still has
# time to come in.
CHECK_LATE_SECONDS = 90

TICK_SECONDS = 1.0
SWEEP_EVERY_SECONDS = 30
SWEEP_PLACES_MAX = 20_000
DRAW_SECONDS_MAX = 120  # of the statement that draws: 100,000 places take some seconds
RANKED_AT_ONCE_MAX = 20_000  # later arrivals; a draw takes all at once
CALLED_AT_ONCE_MAX = 2_000
# Admissions that were due while nobody ticked are made up for so long.
CREDIT_SECONDS = 10
ROOMS_MAX = 50  # switched on at once; the office refuses more
ROOMS_READ_MAX = 2 * ROOMS_MAX  # above it, because two managers may switch one on at once
KEPT_DAYS = 90  # ended places, for whoever wants to verify a draw

JOINS_BY_NETWORK = RateLimit("waiting_join_network", 6_000, 60)
JOINS_BY_VISITOR = RateLimit("waiting_join_visitor", 10, 60)
CHECKS_BY_VISITOR = RateLimit("waiting_check_visitor", 60, 60)
