"""The judgement of `bin/rush`: nothing measured is an error, and each failure is named."""

from __future__ import annotations

import pytest

from benchmarks.rush.__main__ import Phase, _failures
from benchmarks.rush.visitors import Tally


def phase(
    name: str, p99_ms: float, *, sold_out: float | None = 1.0, errors: tuple[str, ...] = ()
) -> Phase:
    elsewhere = Tally({"elsewhere": [p99_ms / 1_000] * 10})
    return Phase(name, Tally(errors=list(errors)), elsewhere, sold_out)


def test_percentiles_are_of_what_was_measured() -> None:
    tally = Tally({"tap": [number / 1_000 for number in range(1, 101)]})

    assert (tally.percentile("tap", 50), tally.percentile("tap", 99)) == (51.0, 100.0)


def test_empty_measurement_is_an_error() -> None:
    with pytest.raises(ValueError, match="no tap was measured"):
        Tally().percentile("tap", 99)


def test_good_run_has_no_failure() -> None:
    phases = [phase("quiet", 100), phase("without", 900, sold_out=None), phase("with", 150)]

    assert _failures(phases, 0) == []


def test_every_failure_is_named() -> None:
    phases = [
        phase("quiet", 100),
        phase("without", 900, errors=("tap: 500",)),
        phase("with", 151, sold_out=None),
    ]

    assert _failures(phases, 1) == [
        "without: 1 errors",
        "elsewhere: p99 is 1.5 times the quiet value",
        "with a waiting room: seats were left",
        "an invariant is violated",
    ]
