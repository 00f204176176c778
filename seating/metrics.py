"""Prometheus metrics of seats and holds."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

HOLDS = Counter("layar_holds", "Attempts to hold seats, by how they ended.", ["outcome"])
HELD = HOLDS.labels("held")
TAKEN = HOLDS.labels("taken")  # lost to another visitor
EXPIRED = Counter("layar_holds_expired", "Holds that ended by time, tidied by the sweep.")
SOCKETS = Gauge(
    "layar_live_sockets", "Open seat maps that are fed live.", multiprocess_mode="livesum"
)
DELTA_SECONDS = Histogram(
    "layar_live_delta_seconds",
    "From a change's commit to its frame on the way to the last viewer.",
    buckets=(0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2, 5),
)
DROPPED = Counter("layar_live_sockets_dropped", "Viewers sent away because they did not read.")
