"""The faults: what breaks, for how long, and how it is mended."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import redis

from ops.runner.cli import ROOT
from tests.faults.installation import Installation
from tests.faults.lines import Line

SKEW_SECONDS = 120.0
SLOW_SECONDS = 0.15
LOST_SHARE = 0.5
FULL_DISK_BYTES = 200 * 1024
END_SECONDS = 15.0

# Mends the fault; returns what went wrong with the fault itself.
Mend = Callable[[], list[str]]


@dataclass(frozen=True)
class Breakage:
    name: str
    what: str
    strike: Callable[[Installation, random.Random], Mend]
    lasts_seconds: float = 0.0
    mends_last: bool = False  # everything must be right while it still lasts


def _nothing() -> list[str]:
    return []


def _signalled(name: str, number: int) -> Callable[[Installation, random.Random], Mend]:
    def strike(running: Installation, _chance: random.Random) -> Mend:
        running.signal(name, number)
        return _nothing

    return strike


def _on_line(
    choose: Callable[[Installation], Line], harm: Callable[[Line], None]
) -> Callable[[Installation, random.Random], Mend]:
    def strike(running: Installation, chance: random.Random) -> Mend:
        line = choose(running)
        line.chance = random.Random(chance.random())

        def mend() -> list[str]:
            line.mend()
            return []

        harm(line)
        return mend

    return strike


def _restart_postgres(running: Installation, _chance: random.Random) -> Mend:
    os.kill(running.pid("postgres"), signal.SIGINT)  # "fast": ends every session
    return _nothing


def _flush(running: Installation, _chance: random.Random) -> Mend:
    with redis.Redis.from_url(running.environment["REDIS_URL"]) as valkey:
        valkey.flushall()
    return _nothing


def _stop_worker(running: Installation, _chance: random.Random) -> Mend:
    group = running.pid("worker")
    os.killpg(group, signal.SIGSTOP)

    def mend() -> list[str]:
        os.killpg(group, signal.SIGCONT)
        return []

    return mend


def _second_beat(running: Installation, _chance: random.Random) -> Mend:
    pid = running.pid("beat")
    variables = Path(f"/proc/{pid}/environ").read_text().split("\0")
    words = ("-m", "celery", "-A", "cinema_project", "beat", "--pidfile", "")
    with (running.data / "logs" / "beat-2.log").open("ab") as log:
        beat = subprocess.Popen(
            [sys.executable, *words],
            cwd=ROOT,
            env=dict(line.split("=", 1) for line in variables if line),
            stdout=log,
            stderr=log,
        )

    def mend() -> list[str]:
        was_there = beat.poll() is None
        beat.kill()
        beat.wait(END_SECONDS)
        return [] if was_there else ["the second beat did not run"]

    return mend


def _wrong_clocks(running: Installation, chance: random.Random) -> Mend:
    """The servers' and the workers' clocks, one ahead and one behind. The bank's is its own."""
    ahead = chance.choice((1, -1)) * SKEW_SECONDS
    told = {f"--port {running.port} ": ahead, "celery": -ahead}

    def start_again() -> None:
        for name in ("web", "worker", "beat"):
            running.signal(name, signal.SIGKILL)

    def mend() -> list[str]:
        running.skew_file.unlink()
        start_again()
        return []

    running.skew_file.write_text(json.dumps(told))
    start_again()
    return mend


def _full_disk(running: Installation, _chance: random.Random) -> Mend:
    from backups.models import BackupRun, BackupStatus

    if not BackupRun.objects.filter(status=BackupStatus.DONE).exists():
        running.manage("backup")
    before = _backups(running)
    failed_before = BackupRun.objects.filter(status=BackupStatus.FAILED).count()
    done = running.manage("backup", file_bytes_max=FULL_DISK_BYTES)

    def mend() -> list[str]:
        wrong = []
        if done.returncode == 0 or "no backup was made" not in done.stderr:
            wrong.append(f"the backup did not fail: {done.returncode} {done.stderr[-200:]}")
        if not before or _backups(running) != before:
            wrong.append(f"good backups were {before}, are {_backups(running)}")
        if BackupRun.objects.filter(status=BackupStatus.FAILED).count() != failed_before + 1:
            wrong.append("the failure is not in the books")
        return wrong

    return mend


def _backups(running: Installation) -> dict[str, int]:
    files = (running.data / "backups").glob("*.tar*")
    return {file.name: file.stat().st_size for file in files}


def _cut(line: Line) -> None:
    line.cut()


def _slow_down(line: Line) -> None:
    line.delay_seconds = SLOW_SECONDS


def _lose(line: Line) -> None:
    line.share_lost = LOST_SHARE


KILLED = {
    "web": "the web server and its processes",
    "live": "the live server",
    "worker": "the worker and what it works on",
    "beat": "beat",
    "valkey": "Valkey (cache, live messages, task queue)",
    "postgres": "PostgreSQL and all its sessions",
}

BREAKAGES = {
    breakage.name: breakage
    for breakage in (
        *(
            Breakage(f"kill-{name}", f"`kill -9` of {what}", _signalled(name, signal.SIGKILL))
            for name, what in KILLED.items()
        ),
        Breakage("restart-postgres", "a fast restart of PostgreSQL", _restart_postgres),
        Breakage("flushall", "`FLUSHALL`: cache, limits and task queue are empty", _flush),
        Breakage(
            "slow-valkey",
            f"every piece to and from Valkey takes {SLOW_SECONDS:g} s longer",
            _on_line(lambda running: running.redis_line, _slow_down),
            lasts_seconds=8,
        ),
        Breakage(
            "cut-valkey",
            "Valkey out of reach for 8 s",
            _on_line(lambda running: running.redis_line, _cut),
            lasts_seconds=8,
        ),
        Breakage(
            "lossy-live",
            "half of the live messages lost, all the time",
            _on_line(lambda running: running.redis_line, _lose),
            lasts_seconds=6,
            mends_last=True,
        ),
        Breakage(
            "no-webhooks",
            "no webhook arrives, all the time: the poller heals",
            _on_line(lambda running: running.webhook_line, _cut),
            lasts_seconds=6,
            mends_last=True,
        ),
        Breakage(
            "bank-away",
            "the bank out of reach for 30 s",
            _on_line(lambda running: running.bank_line, _cut),
            lasts_seconds=30,
        ),
        Breakage("stopped-worker", "the worker stands still for 10 s", _stop_worker, 10),
        Breakage("two-beats", "a second beat for 10 s", _second_beat, 10),
        Breakage(
            "wrong-clocks",
            f"web {SKEW_SECONDS:g} s ahead, worker and beat as much behind, or the other way round,"
            " all the time",
            _wrong_clocks,
            lasts_seconds=6,
            mends_last=True,
        ),
        Breakage("full-disk", "the disk is full in a backup", _full_disk),
    )
}
