"""Every invariant detects its violation, created despite constraints."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from bookings.models import Booking
from reports.monitoring.invariants import INVARIANTS, check_invariants
from tests.reports.conftest import World
from tests.reports.raw_sql import PAYMENTS, sql
from tests.reports.violations import (
    VIOLATIONS,
    lower_a_ticket_price,
    take_a_seat_from_a_pending_order,
)

# Vouchers have no cinema.
OF_THE_CHAIN = {"voucher_uses_disagree", "voucher_customer_limit_exceeded"}


def test_valid_data_has_no_violation(world: World) -> None:
    assert check_invariants() == []


@pytest.mark.parametrize(
    ("name", "violate"), VIOLATIONS, ids=[violate.__name__ for _name, violate in VIOLATIONS]
)
def test_violation_is_found_and_no_other(
    world: World, name: str, violate: Callable[[World], str]
) -> None:
    subject = violate(world)

    found = check_invariants()

    assert [(violation.invariant.name, violation.subject) for violation in found] == [
        (name, subject)
    ]
    assert found[0].cinema_id == (None if name in OF_THE_CHAIN else world.cinema.pk)
    assert found[0].facts


def test_every_invariant_has_a_violation() -> None:
    assert {invariant.name for invariant in INVARIANTS} == {name for name, _violate in VIOLATIONS}


def test_a_refund_too_large_is_refused_by_its_constraint(world: World) -> None:
    """Control: with the constraint in place the violation cannot be created."""
    with pytest.raises(IntegrityError), transaction.atomic():
        sql(f"UPDATE {PAYMENTS} SET refund_due_rupiah = captured_rupiah + 1")
    assert check_invariants() == []


def test_an_overdue_order_without_seats_is_not_a_violation(world: World) -> None:
    """Expiry compares timestamps, so unswept bookings are valid."""
    take_a_seat_from_a_pending_order(world)
    Booking.objects.filter(pk=world.pending.pk).update(
        expires_at=world.pending.created_at - timedelta(seconds=1)
    )

    assert check_invariants() == []


def test_facts_contain_no_personal_data(world: World) -> None:
    lower_a_ticket_price(world)

    [violation] = check_invariants()

    assert violation.facts == {
        "booking": world.paid.code,
        "tickets": 2,
        "seats_rupiah": 99_999,
        "fee_rupiah": 6_000,
        "discount_rupiah": 0,
    }


def test_command_reports_success(world: World) -> None:
    out = StringIO()

    call_command("check_invariants", stdout=out)

    assert out.getvalue() == f"{len(INVARIANTS)} invariants hold.\n"


def test_command_lists_violations_and_fails(world: World) -> None:
    subject = lower_a_ticket_price(world)
    out = StringIO()

    with pytest.raises(CommandError) as failure:
        call_command("check_invariants", stdout=out)

    assert failure.value.returncode == 1
    assert out.getvalue().splitlines() == [
        "confirmed_booking_tickets_disagree: "
        "A confirmed booking's tickets are all live and add up to its amounts.",
        f"  {subject} booking={world.paid.code} discount_rupiah=0 fee_rupiah=6000 "
        "seats_rupiah=99999 tickets=2",
    ]


def test_command_prints_json(world: World) -> None:
    subject = lower_a_ticket_price(world)
    out = StringIO()

    with pytest.raises(CommandError):
        call_command("check_invariants", "--json", stdout=out)

    assert json.loads(out.getvalue()) == {
        "checked": len(INVARIANTS),
        "violations": [
            {
                "invariant": "confirmed_booking_tickets_disagree",
                "subject": subject,
                "cinema": world.cinema.pk,
                "showtime": world.paid.showtime_id,
                "facts": {
                    "booking": world.paid.code,
                    "tickets": 2,
                    "seats_rupiah": 99_999,
                    "fee_rupiah": 6_000,
                    "discount_rupiah": 0,
                },
            }
        ],
    }
