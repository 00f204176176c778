"""Runs of faults, one installation after the other."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from tests.faults import table
from tests.faults.faults import FAULTS
from tests.faults.installation import Installation, Stores, installation

COMMAND_SECONDS_MAX = 25 * 60  # then no further run is begun; the whole takes about 14 minutes
BETWEEN_SECONDS = 0.5


def in_own_process(
    data: Path, wanted: list[tuple[str, int]], began: float, stores: Stores
) -> list[dict[str, object]]:
    """Django can be set up for one installation in a process."""
    if stores is not Stores.EMBEDDED:
        data = data.with_name(f"{data.name}-{stores}")
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_take_all, (data, wanted, began, stores))


def _take_all(
    data: Path, wanted: list[tuple[str, int]], began: float, stores: Stores
) -> list[dict[str, object]]:
    with installation(data, stores) as site:
        print(f"up after {time.monotonic() - began:.0f} s", flush=True)
        return list(_take(site, wanted, began))


def _take(
    site: Installation, wanted: list[tuple[str, int]], began: float
) -> Iterator[dict[str, object]]:
    os.environ |= site.environment | {"DJANGO_SETTINGS_MODULE": "cinema_project.settings"}
    os.environ["LOG_LEVEL"] = "ERROR"
    import django

    django.setup()
    from tests.faults import trial

    halls = trial.halls()
    for name, seed in wanted:
        if time.monotonic() - began > COMMAND_SECONDS_MAX:
            print(f"stopped after {COMMAND_SECONDS_MAX} s", flush=True)
            return
        outcome = asdict(trial.take(site, FAULTS[name], seed, next(halls)))
        print(table.line(outcome), flush=True)
        yield outcome
        time.sleep(BETWEEN_SECONDS)
