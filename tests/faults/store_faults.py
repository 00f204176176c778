"""Faults of the stores that leave connections open: hung, silent, full, read-only."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable
from contextlib import suppress

import psycopg

from tests.faults import wal_disk
from tests.faults.fault import Fault, Repair
from tests.faults.installation import Installation
from tests.runtime.processes import descendants

HUNG_SECONDS = 20
SWITCHES_MAX = 200  # of write-ahead segments, until none is left


def _hang(name: str) -> Callable[[Installation, random.Random], Repair]:
    """Stops every process of a store, which keeps its connections open and answers nothing."""

    def inject(site: Installation, _chance: random.Random) -> Repair:
        stopped = [site.pid(name), *descendants(site.pid(name))]
        for process_id in stopped:
            os.kill(process_id, signal.SIGSTOP)

        def repair() -> list[str]:
            for process_id in stopped:
                os.kill(process_id, signal.SIGCONT)
            return []

        return repair

    return inject


def _silence(site: Installation, chance: random.Random) -> Repair:
    """Both stores, the bank and webhooks are out of reach, and no connection is reset.

    PostgreSQL is reached through a socket without a proxy. To its clients a stopped server looks
    like a silent network.
    """
    proxies = (site.redis_proxy, site.bank_proxy, site.webhook_proxy)
    for proxy in proxies:
        proxy.is_silent = True
    continue_postgres = _hang("postgres")(site, chance)

    def repair() -> list[str]:
        for proxy in proxies:
            proxy.repair()
        return continue_postgres()

    return repair


def _full_wal(site: Installation, _chance: random.Random) -> Repair:
    """Fills the small file system of the write-ahead log, then asks for new segments."""
    filler = wal_disk.fill(site.data)
    with suppress(psycopg.Error), site.superuser() as connection:
        for _ in range(SWITCHES_MAX):
            connection.execute("SELECT pg_logical_emit_message(true, 'faults', 'x')")
            connection.execute("SELECT pg_switch_wal()")

    def repair() -> list[str]:
        filler.unlink()
        said = (site.data / "logs" / "postgres.log").read_text(errors="replace")
        return [] if "No space left on device" in said else ["PostgreSQL never lacked space"]

    return repair


def _read_only(site: Installation, _chance: random.Random) -> Repair:
    """Refuses writes in open and new sessions, as a server that another one took over from."""

    def alter(change: str) -> None:
        with site.superuser() as connection:
            connection.execute(f"ALTER SYSTEM {change}".encode())
            connection.execute("SELECT pg_reload_conf()")

    def repair() -> list[str]:
        alter("RESET default_transaction_read_only")
        return []

    alter("SET default_transaction_read_only = on")
    return repair


STORE_FAULTS = (
    Fault(
        "hang-valkey",
        f"Valkey is stopped (`SIGSTOP`) for {HUNG_SECONDS} s",
        _hang("valkey"),
        HUNG_SECONDS,
        pages_answer=True,
    ),
    Fault(
        "hang-postgres",
        f"PostgreSQL is stopped (`SIGSTOP`) for {HUNG_SECONDS} s",
        _hang("postgres"),
        HUNG_SECONDS,
        pages_answer=True,
    ),
    Fault(
        "silent-network",
        f"no packet to or from PostgreSQL, Valkey, bank and webhooks arrives for {HUNG_SECONDS} s",
        _silence,
        HUNG_SECONDS,
        pages_answer=True,
    ),
    Fault(
        "full-wal",
        f"the disk of the write-ahead log is full for {HUNG_SECONDS} s",
        _full_wal,
        HUNG_SECONDS,
        needs_root=True,
        pages_answer=True,
    ),
    Fault(
        "read-only-database",
        f"PostgreSQL refuses writes for {HUNG_SECONDS} s",
        _read_only,
        HUNG_SECONDS,
        pages_answer=True,
    ),
)
