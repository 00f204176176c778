"""Rounds and acceptances of one waitlist at once."""

from __future__ import annotations

import pytest
from django.utils import timezone

from bookings.errors.waitlist import OfferOver
from bookings.waitlist import offers
from seating.models import Hold
from tests.bookings import waitlists
from tests.bookings.threads import run_behind_a_new_hold, run_concurrently
from tests.bookings.waitlists import cancel, sold_out, wait

pytestmark = pytest.mark.django_db(transaction=True)


def test_rounds_at_once_make_each_offer_once_and_one_visitor_takes_it() -> None:
    showtime, sold = sold_out("A  rrrr")
    siti = wait(showtime, "siti")
    wait(showtime, "budi")
    cancel(*sold)

    rounds = run_concurrently(
        *[lambda: offers.offer_freed_seats(showtime.pk, timezone.now()) for _worker in range(4)]
    )
    answers = run_concurrently(
        *[
            lambda visitor=f"web:{number}": offers.accept(
                entry_id=siti.pk, visitor=visitor, at=timezone.now()
            )
            for number in range(4)
        ]
    )

    assert sorted(rounds) == [0, 0, 0, 2]
    assert [name for name, _seats, _end in waitlists.offers()] == ["siti", "budi"]
    [held] = [answer for answer in answers if not isinstance(answer, Exception)]
    assert [type(answer) for answer in answers if isinstance(answer, Exception)] == [OfferOver] * 3
    assert Hold.objects.get(pk=held.hold_id).visitor.startswith("web:")


def test_offer_is_accepted_while_another_tab_makes_a_hold() -> None:
    showtime, sold = sold_out("A  rrrr")
    siti = wait(showtime, "siti")
    cancel(*sold)
    offers.offer_freed_seats(showtime.pk, timezone.now())

    held = run_behind_a_new_hold(
        lambda: offers.accept(entry_id=siti.pk, visitor="web:1", at=timezone.now()),
        visitor="web:1",
        showtime_id=showtime.pk,
    )

    open_holds = Hold.objects.open().filter(visitor="web:1")
    assert list(open_holds.values_list("pk", flat=True)) == [held.hold_id]
