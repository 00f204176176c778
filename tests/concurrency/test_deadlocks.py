"""Deadlock test of the sweep and a late payment, the only two transitions that both wait for
seats."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from seating.models import SeatStatus
from tests.concurrency.deadlocks import deadlocks
from tests.concurrency.racers import Racers, ready_to_race
from tests.concurrency.tidying import Meeting, meet
from tests.factories import free_seats, make_hold, make_showtime

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def pair(django_db_setup: None, django_db_blocker: object) -> Iterator[Racers]:
    with ready_to_race(2) as racers:
        yield racers


def test_sweep_and_late_payment_do_not_wait_for_each_other(pair: Racers) -> None:
    """The sweep locks seats by hold, oldest first; the payment locks them by id."""
    showtime = make_showtime(rows="A", seats_per_row=2)
    first, second = free_seats(showtime, 2)
    long_ago = timezone.now() - timedelta(minutes=10)
    make_hold(showtime, [second], at=long_ago)
    make_hold(showtime, [first], at=long_ago + timedelta(minutes=1))
    before = deadlocks()

    swept, sold = pair.race(meet, [Meeting(), Meeting(pays_for=(first.pk, second.pk))])

    assert deadlocks() == before
    assert (swept, sold) == (2, 2)
    assert set(showtime.seats.values_list("status", flat=True)) == {SeatStatus.SOLD}
