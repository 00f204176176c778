"""The faults: what is broken, for how long, and how it is repaired."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import redis

from ops.runner.cli import ROOT
from tests.faults.fault import Fault, Repair
from tests.faults.installation import Installation, Stores
from tests.faults.proxies import TcpProxy
from tests.faults.session_faults import SESSION_FAULTS
from tests.faults.store_faults import STORE_FAULTS
from tests.runtime.processes import wait_until

SKEW_SECONDS = 120.0
SLOW_SECONDS = 0.15
LOST_SHARE = 0.5
FULL_DISK_BYTES = 200 * 1024
END_SECONDS = 15.0
PRIMARY_AWAY_SECONDS = 10


def _nothing() -> list[str]:
    return []


def _signalled(name: str, number: int) -> Callable[[Installation, random.Random], Repair]:
    def inject(site: Installation, _chance: random.Random) -> Repair:
        site.signal(name, number)
        return _nothing

    return inject


def _on_proxy(
    choose: Callable[[Installation], TcpProxy], harm: Callable[[TcpProxy], None]
) -> Callable[[Installation, random.Random], Repair]:
    def inject(site: Installation, chance: random.Random) -> Repair:
        proxy = choose(site)
        proxy.chance = random.Random(chance.random())

        def repair() -> list[str]:
            proxy.repair()
            return []

        harm(proxy)
        return repair

    return inject


def _restart_postgres(site: Installation, _chance: random.Random) -> Repair:
    os.kill(site.pid("postgres"), signal.SIGINT)  # "fast": ends every session
    return _nothing


def _flush(site: Installation, _chance: random.Random) -> Repair:
    with redis.Redis.from_url(site.environment["REDIS_URL"]) as valkey:
        valkey.flushall()
    return _nothing


def _kill_primary(site: Installation, _chance: random.Random) -> Repair:
    assert site.fleet is not None
    wait_until(site.fleet.is_ready)
    site.fleet.kill_primary()

    def repair() -> list[str]:
        assert site.fleet is not None
        wrong = [] if site.fleet.has_failed_over() else ["the sentinels promoted no replica"]
        site.fleet.revive()
        return wrong

    return repair


def _stop_worker(site: Installation, _chance: random.Random) -> Repair:
    group = site.pid("worker")
    os.killpg(group, signal.SIGSTOP)

    def repair() -> list[str]:
        os.killpg(group, signal.SIGCONT)
        return []

    return repair


def _second_beat(site: Installation, _chance: random.Random) -> Repair:
    pid = site.pid("beat")
    variables = Path(f"/proc/{pid}/environ").read_text().split("\0")
    words = ("-m", "celery", "-A", "cinema_project", "beat", "--pidfile", "")
    with (site.data / "logs" / "beat-2.log").open("ab") as log:
        beat = subprocess.Popen(
            [sys.executable, *words],
            cwd=ROOT,
            env=dict(line.split("=", 1) for line in variables if line),
            stdout=log,
            stderr=log,
        )

    def repair() -> list[str]:
        was_there = beat.poll() is None
        beat.kill()
        beat.wait(END_SECONDS)
        return [] if was_there else ["the second beat did not run"]

    return repair


def _wrong_clocks(site: Installation, chance: random.Random) -> Repair:
    """Sets the web servers' clock ahead and the workers' behind, or vice versa; not the bank's."""
    ahead = chance.choice((1, -1)) * SKEW_SECONDS
    offsets = {f"--port {site.port} ": ahead, "celery": -ahead}

    def start_again() -> None:
        for name in ("web", "worker", "beat"):
            site.signal(name, signal.SIGKILL)

    def repair() -> list[str]:
        site.skew_file.unlink()
        start_again()
        return []

    site.skew_file.write_text(json.dumps(offsets))
    start_again()
    return repair


def _full_disk(site: Installation, _chance: random.Random) -> Repair:
    from backups.models import BackupRun, BackupStatus

    if not BackupRun.objects.filter(status=BackupStatus.DONE).exists():
        site.manage("backup")
    before = _backups(site)
    failed_before = BackupRun.objects.filter(status=BackupStatus.FAILED).count()
    done = site.manage("backup", file_bytes_max=FULL_DISK_BYTES)

    def repair() -> list[str]:
        wrong = []
        if done.returncode == 0 or "no backup was made" not in done.stderr:
            wrong.append(f"the backup did not fail: {done.returncode} {done.stderr[-200:]}")
        if not before or _backups(site) != before:
            wrong.append(f"good backups were {before}, are {_backups(site)}")
        if BackupRun.objects.filter(status=BackupStatus.FAILED).count() != failed_before + 1:
            wrong.append("the failure was not recorded")
        return wrong

    return repair


def _backups(site: Installation) -> dict[str, int]:
    files = (site.data / "backups").glob("*.tar*")
    return {file.name: file.stat().st_size for file in files}


def _cut(proxy: TcpProxy) -> None:
    proxy.cut()


def _slow_down(proxy: TcpProxy) -> None:
    proxy.delay_seconds = SLOW_SECONDS


def _lose(proxy: TcpProxy) -> None:
    proxy.share_lost = LOST_SHARE


KILLED = {
    "web": "the web server and its processes",
    "live": "the live server",
    "worker": "the worker and its running tasks",
    "beat": "beat",
    "valkey": "Valkey (cache, live messages, task queue)",
    "postgres": "PostgreSQL and all its sessions",
}

FAULTS = {
    breakage.name: breakage
    for breakage in (
        *(
            Fault(f"kill-{name}", f"`kill -9` of {what}", _signalled(name, signal.SIGKILL))
            for name, what in KILLED.items()
        ),
        Fault(
            "kill-sentinel-primary",
            f"`kill -9` of the primary that sentinels watch; it returns after"
            f" {PRIMARY_AWAY_SECONDS} s",
            _kill_primary,
            lasts_seconds=PRIMARY_AWAY_SECONDS,
            stores=Stores.SENTINELS,
        ),
        Fault("restart-postgres", "a fast restart of PostgreSQL", _restart_postgres),
        Fault("flushall", "`FLUSHALL`: cache, limits and task queue are empty", _flush),
        Fault(
            "slow-valkey",
            f"every packet to and from Valkey is delayed by {SLOW_SECONDS:g} s",
            _on_proxy(lambda site: site.redis_proxy, _slow_down),
            lasts_seconds=8,
        ),
        Fault(
            "cut-valkey",
            "Valkey unreachable for 8 s",
            _on_proxy(lambda site: site.redis_proxy, _cut),
            lasts_seconds=8,
        ),
        Fault(
            "lossy-live",
            "half of the live messages lost, permanently",
            _on_proxy(lambda site: site.redis_proxy, _lose),
            lasts_seconds=6,
            repaired_at_end=True,
        ),
        Fault(
            "no-webhooks",
            "no webhook arrives, permanently: polling settles payments",
            _on_proxy(lambda site: site.webhook_proxy, _cut),
            lasts_seconds=6,
            repaired_at_end=True,
        ),
        Fault(
            "bank-away",
            "the bank unreachable for 30 s",
            _on_proxy(lambda site: site.bank_proxy, _cut),
            lasts_seconds=30,
        ),
        Fault("stopped-worker", "the worker is stopped (`SIGSTOP`) for 10 s", _stop_worker, 10),
        Fault("two-beats", "a second beat for 10 s", _second_beat, 10),
        Fault(
            "wrong-clocks",
            f"web {SKEW_SECONDS:g} s ahead, worker and beat as much behind, or the other way round,"
            " permanently",
            _wrong_clocks,
            lasts_seconds=6,
            repaired_at_end=True,
        ),
        Fault("full-disk", "the disk is full during a backup", _full_disk),
        *STORE_FAULTS,
        *SESSION_FAULTS,
    )
}
