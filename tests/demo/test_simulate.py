"""Simulated visitors of a real site: their statistics equal the database."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from demo.simulation.runner import FINISH_SECONDS
from ops.runner.cli import ROOT
from tests.runtime.prepared import running
from tests.runtime.runs import OWN_VARIABLES, Run

pytestmark = pytest.mark.runtime

HOLD_SECONDS = 20
RUN_SECONDS = 120
DATABASE_COUNTS = """
import json
from bookings.models import Booking
paid = Booking.objects.filter(confirmed_at__isnull=False)
print(json.dumps({
    "orders": Booking.objects.count(),
    "paid": paid.count(),
    "cancelled": paid.filter(cancelled_at__isnull=False).count(),
}))
"""


@pytest.fixture(scope="module")
def site() -> Iterator[Run]:
    with running("--hold-seconds", str(HOLD_SECONDS)) as run:
        yield run


def manage(site: Run, *words: str) -> subprocess.Popen[str]:
    inherited = {name: value for name, value in os.environ.items() if name not in OWN_VARIABLES}
    return subprocess.Popen(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env={**inherited, "LAYAR_DATA": str(site.data)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def books(site: Run) -> dict[str, int]:
    said, _nothing = manage(site, "shell", "--no-imports", "-c", DATABASE_COUNTS).communicate(
        timeout=RUN_SECONDS
    )
    found: dict[str, int] = json.loads(said.strip().splitlines()[-1])
    return found


def counted(said: str) -> dict[str, int]:
    rows = re.findall(r"^(\w[\w ]*?) +([\d,]+)$", said, re.MULTILINE)
    return {name: int(number.replace(",", "")) for name, number in rows}


def outcomes(said: str) -> int:
    part = said.partition("how the visits ended\n")[2].partition("\n\n")[0]
    return sum(int(line.split()[-1].replace(",", "")) for line in part.splitlines())


def test_moviegoers_count_what_the_books_hold(site: Run) -> None:
    before = books(site)
    process = manage(
        site,
        *("simulate", "--url", site.url, "--rate", "150", "--minutes", "0.2", "--haste", "20"),
        *("--moviegoers", "20"),
    )
    said, _nothing = process.communicate(timeout=RUN_SECONDS)
    after, mine = books(site), counted(said)

    assert process.returncode == 0, said
    assert {name: after[name] - before[name] for name in before} == {
        name: mine[name] for name in before
    }
    assert outcomes(said) == mine["visits"] > 5
    assert mine["paid"] > 0
    assert said.rstrip().endswith("invariants hold.")


def test_interrupted_simulation_stops_and_is_counted(site: Run) -> None:
    process = manage(site, "simulate", "--url", site.url, "--rate", "240", "--minutes", "60")
    assert process.stdout is not None
    while "inside" not in process.stdout.readline():
        pass
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    said = process.stdout.read()

    assert process.wait(RUN_SECONDS) == 0, said
    assert outcomes(said) == counted(said)["visits"] > 0
    assert time.monotonic() - began < FINISH_SECONDS
    assert said.rstrip().endswith("invariants hold.")


def test_site_that_is_not_there_is_named(db: None) -> None:
    with pytest.raises(CommandError, match=r"http://127\.0\.0\.1:9 cannot be reached"):
        call_command("simulate", url="http://127.0.0.1:9")


@pytest.mark.parametrize("option", ["rate", "minutes", "moviegoers", "haste"])
def test_bounds_are_kept(option: str) -> None:
    with pytest.raises(CommandError, match=f"--{option} is more than 0 and at most"):
        call_command("simulate", **{option: 0})


def test_simulation_imports_no_rows() -> None:
    """The simulation imports no model and no domain function."""
    files = sorted((Path(ROOT) / "demo" / "simulation").glob("*.py"))
    imported = {
        name
        for file in files
        for name in re.findall(r"^(?:from|import) (\w+)", file.read_text(), re.MULTILINE)
    }
    ours = {"accounts", "bookings", "movies", "notifications", "reports", "seating", "django"}
    assert imported & ours == set()
