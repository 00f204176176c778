"""Faults of the primary on a host of its own, and of sessions that take what others need."""

from __future__ import annotations

import random
from contextlib import suppress

import psycopg

from tests.faults.fault import Fault, Repair
from tests.faults.installation import Installation, Stores

DETECTED_SECONDS = 5  # what a manager of failovers needs before it promotes
CUT_SECONDS = 20
TAKEN_SECONDS = 20
SESSIONS_MAX = 500  # more than the server has


def _kill_primary(site: Installation, _chance: random.Random) -> Repair:
    """The primary that an earlier run killed comes back first, as the standby of its successor."""
    assert site.pair is not None
    pair = site.pair
    if not pair.has_standby():
        pair.rebuild_standby()
    pair.kill_primary()

    def repair() -> list[str]:
        pair.promote()
        return []

    return repair


def _cut_primary(site: Installation, _chance: random.Random) -> Repair:
    assert site.pair is not None
    host = site.pair.primary.host
    host.unplug()

    def repair() -> list[str]:
        host.plug()
        return []

    return repair


def _exhaust_connections(site: Installation, _chance: random.Random) -> Repair:
    """Opens sessions until the server refuses more; those that Layar has stay open."""
    url, taken = site.environment["DATABASE_URL"], []
    with suppress(psycopg.OperationalError):
        for _ in range(SESSIONS_MAX):
            taken.append(psycopg.connect(url))

    def repair() -> list[str]:
        for session in taken:
            session.close()
        return [] if 0 < len(taken) < SESSIONS_MAX else [f"{len(taken)} sessions were opened"]

    return repair


def _lock_seats(site: Installation, _chance: random.Random) -> Repair:
    session = psycopg.connect(site.environment["DATABASE_URL"])
    locked = session.execute("SELECT id FROM seating_showtimeseat ORDER BY id FOR UPDATE").rowcount

    def repair() -> list[str]:
        session.close()
        return [] if locked else ["no seat was locked"]

    return repair


SESSION_FAULTS = (
    Fault(
        "cut-postgres-primary",
        f"no packet between Layar and the host of PostgreSQL's primary for {CUT_SECONDS} s"
        " (network namespaces)",
        _cut_primary,
        CUT_SECONDS,
        needs_root=True,
        stores=Stores.PAIR,
        pages_answer=True,
    ),
    Fault(
        "kill-postgres-primary",
        f"`kill -9` of PostgreSQL's primary; its synchronous standby is promoted"
        f" {DETECTED_SECONDS} s later",
        _kill_primary,
        DETECTED_SECONDS,
        stores=Stores.PAIR,
        pages_answer=True,
    ),
    Fault(
        "exhaust-connections",
        f"others take every connection that PostgreSQL has left for {TAKEN_SECONDS} s",
        _exhaust_connections,
        TAKEN_SECONDS,
        pages_answer=True,
    ),
    Fault(
        "lock-seats",
        f"a session keeps every seat's row locked for {TAKEN_SECONDS} s",
        _lock_seats,
        TAKEN_SECONDS,
        pages_answer=True,
    ),
)
