"""Rules of a layout: lines of its grid that begin with ``@``."""

from __future__ import annotations

import pytest

from seating.best_seats.rules import GapRule, SeatingRules, parse_rules, rule_fault
from seating.layouts.grid import LayoutInvalid, parse_grid

GRID = "A  rr\nB  rr\n"


def test_grid_without_rules_has_the_defaults() -> None:
    assert parse_rules(GRID) == SeatingRules(GapRule.ADVISE, None, 30)


def test_rules_are_read_and_are_no_rows() -> None:
    grid = GRID + "\n@single-gap require\n@focal B 2\n@companions sold-out\n@step-free A B"

    rows = frozenset({"A", "B"})
    assert parse_rules(grid) == SeatingRules(GapRule.REQUIRE, ("B", 2), None, rows)
    assert [draft.label for draft in parse_grid(grid)] == ["A1", "A2", "B1", "B2"]
    assert parse_rules("@companions 0") == SeatingRules(companions_released_minutes=0)


@pytest.mark.parametrize(
    "line",
    [
        "@single-gap maybe",
        "@focal B",
        "@focal 2 B",
        "@companions -1",
        "@companions 9999",
        "@step-free",
        "@step-free A, B",
        "@x",
        "@",
    ],
)
def test_line_that_cannot_be_read_is_a_fault_of_the_grid(line: str) -> None:
    assert rule_fault(line) is not None
    with pytest.raises(LayoutInvalid) as refused:
        parse_grid(GRID + line)
    assert [fault["line"] for fault in refused.value.facts["faults"]] == [3]
