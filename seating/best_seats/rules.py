"""Rules of a layout for choosing seats: lines of its grid that begin with ``@``.

    @single-gap advise|require|off     whether a choice may leave one seat alone
    @focal ROW NUMBER                  the best seat of the house
    @companions 30|sold-out            minutes before the start when companion places are released
    @step-free ROW ROW …               more rows reached without steps than those of wheelchairs

They are versioned, previewed and published with the layout. A missing rule has its default.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _

RULE_MARK = "@"
COMPANIONS_RELEASED_MINUTES = 30
COMPANIONS_RELEASED_MINUTES_MAX = 24 * 60
SOLD_OUT = "sold-out"
ROWS = re.compile(r"[A-Za-z]{1,3}(\s+[A-Za-z]{1,3})*")
RULE = re.compile(r"\s*@(?P<name>\S+)(?P<value>.*)$")


class GapRule(StrEnum):
    """``ADVISE``: the buyer is shown a better choice and may decline it. ``REQUIRE``: not."""

    OFF = "off"
    ADVISE = "advise"
    REQUIRE = "require"


@dataclass(frozen=True)
class SeatingRules:
    """``focal``: (row, number); None for the default. ``companions_released_minutes``: None where
    only a sold-out showtime releases them."""

    gap_rule: GapRule = GapRule.ADVISE
    focal: tuple[str, int] | None = None
    companions_released_minutes: int | None = COMPANIONS_RELEASED_MINUTES
    step_free_rows: frozenset[str] = frozenset()


def parse_rules(grid: str) -> SeatingRules:
    """The rules of a grid; invalid lines are ignored (see ``rule_fault``)."""
    values: dict[str, str] = {}
    for line in grid.splitlines():
        found = RULE.match(line)
        if found and rule_fault(line) is None:
            values[found["name"]] = found["value"].strip()
    minutes = values.get("companions", str(COMPANIONS_RELEASED_MINUTES))
    return SeatingRules(
        gap_rule=GapRule(values.get("single-gap", GapRule.ADVISE)),
        focal=_focal(values["focal"]) if "focal" in values else None,
        companions_released_minutes=None if minutes == SOLD_OUT else int(minutes),
        step_free_rows=frozenset(values.get("step-free", "").split()),
    )


def rule_fault(line: str) -> str | None:
    """The fault of a rule's line as text; None if it is valid."""
    found = RULE.match(line)
    name, value = (found["name"], found["value"].strip()) if found else ("", "")
    if name == "single-gap" and value in set(GapRule):
        return None
    if name == "focal" and _focal(value):
        return None
    if name == "companions" and _is_minutes(value):
        return None
    if name == "step-free" and ROWS.fullmatch(value):
        return None
    return _("A rule is “@single-gap advise”, “@focal G 9”, “@companions 30” or “@step-free A B”.")


def _focal(value: str) -> tuple[str, int] | None:
    found = re.fullmatch(r"([A-Za-z]{1,3})\s+([0-9]{1,3})", value)
    return (found[1], int(found[2])) if found else None


def _is_minutes(value: str) -> bool:
    if value == SOLD_OUT:
        return True
    is_number = value.isascii() and value.isdecimal() and len(value) <= 4
    return is_number and int(value) <= COMPANIONS_RELEASED_MINUTES_MAX
