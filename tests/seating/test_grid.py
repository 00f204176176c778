"""Parser of text grids: seats, and positions of faults."""

from __future__ import annotations

import pytest

from seating.layouts.grid import (
    COLUMNS_MAX,
    FAULTS_MAX,
    LAYOUT_SEATS_MAX,
    LINES_MAX,
    GridFault,
    LayoutInvalid,
    SeatDraft,
    parse_grid,
    plain_grid,
    read_grid,
)
from seating.models import SeatCategory

pytestmark = pytest.mark.usefixtures("english")


def faults(grid: str) -> list[tuple[int, int, str]]:
    return [(fault.line, fault.column, fault.message) for fault in read_grid(grid).faults]


def test_grid_is_parsed_to_seats_walkways_aisles_and_partners() -> None:
    assert parse_grid("A   wa_r\n\nBB  ccP") == [
        SeatDraft("A", 1, 0, 0, SeatCategory.WHEELCHAIR),
        SeatDraft("A", 2, 0, 1, SeatCategory.COMPANION, partner_column=0),
        SeatDraft("A", 3, 0, 3, SeatCategory.REGULAR),
        SeatDraft("BB", 1, 2, 0, SeatCategory.COUPLE, partner_column=1),
        SeatDraft("BB", 2, 2, 1, SeatCategory.COUPLE, partner_column=0),
        SeatDraft("BB", 3, 2, 2, SeatCategory.PREMIERE, is_blocked=True),
    ]


def test_counts_are_by_category_with_blocked_seats_separate() -> None:
    reading = read_grid("A rrR\nB CCp")

    assert reading.counts() == [
        (SeatCategory.REGULAR, 3),
        (SeatCategory.PREMIERE, 1),
        (SeatCategory.COUPLE, 2),
    ]
    assert reading.blocked == 3


@pytest.mark.parametrize(
    ("grid", "expected"),
    [
        ("", [(1, 1, "A seating plan has 1 to 1000 seats.")]),
        ("A rr\nA rr", [(2, 1, "The row “A” is already in line 1.")]),
        ("A rr\n  a rr", [(2, 3, "The row “a” is already in line 1.")]),
        ("A", [(1, 1, "The row “A” has no seats; for a walkway leave the line empty.")]),
        ("A __", [(1, 1, "The row “A” has no seats; for a walkway leave the line empty.")]),
        ("A  rxr", [(1, 5, "“x” is no kind of seat.")]),
        ("A rr rr", [(1, 5, "There is a space between the seats; an aisle is written “_”.")]),
        ("A rccc", [(1, 6, "A couple seat needs its other half beside it: “cc”.")]),
        ("A c_c", [(1, column, "A couple seat needs its other half beside it: “cc”.")
                   for column in (3, 5)]),
        ("A cC", [(1, 4, "Both halves of a couple seat are blocked, or none: “cc” or “CC”.")]),
        (
            "rrrrrr",
            [(1, 1, "“rrrrrr” is no name of a row: 1 to 3 letters, then a space, then the seats.")],
        ),
        (
            "A1 rr",
            [(1, 1, "“A1” is no name of a row: 1 to 3 letters, then a space, then the seats.")],
        ),
        (f"A {'r' * 81}", [(1, 83, f"A row is at most {COLUMNS_MAX} cells wide.")]),
        (
            "A r" + "\n" * LINES_MAX + "B r",
            [(LINES_MAX + 1, 1, f"A plan has at most {LINES_MAX} lines.")],
        ),
    ],
)  # fmt: skip
def test_invalid_grid_is_reported_by_line_and_column(
    grid: str, expected: list[tuple[int, int, str]]
) -> None:
    assert faults(grid) == expected


def test_too_many_seats_are_refused() -> None:
    rows = [f"{chr(65 + n // 26)}{chr(65 + n % 26)} {'r' * 70}" for n in range(15)]

    assert faults("\n".join(rows)) == [
        (15, 1, f"A seating plan has 1 to {LAYOUT_SEATS_MAX} seats.")
    ]


def test_faults_are_limited_and_in_reading_order() -> None:
    assert [fault[:2] for fault in faults("A r?r!\n1 r\nB rc")] == [(1, 4), (1, 6), (2, 1), (3, 4)]
    assert len(faults(f"A {'?' * 70}")) == FAULTS_MAX


def test_refusal_carries_its_faults() -> None:
    with pytest.raises(LayoutInvalid) as refused:
        parse_grid("A rq\nA r")

    assert refused.value.facts == {
        "faults": [
            {"line": 1, "column": 4, "message": "“q” is no kind of seat."},
            {"line": 2, "column": 1, "message": "The row “A” is already in line 1."},
        ]
    }
    assert str(refused.value) == (
        "Line 1, column 4: “q” is no kind of seat."
        " Line 2, column 1: The row “A” is already in line 1."
    )
    assert str(GridFault(3, 4, "x")) == "Line 3, column 4: x"


def test_line_ends_of_any_browser_are_normalised() -> None:
    assert plain_grid("A rr \r\n\r\nB rr\r\n\r\n") == "A rr\n\nB rr"
