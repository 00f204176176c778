"""A rescue beside other requests for the same seats, and of the same buyer."""

from __future__ import annotations

from threading import Event, Thread
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from seating.holds import rescue
from seating.holds.abuse import Holder
from seating.holds.retry import HOLD_ATTEMPTS_MAX
from seating.models import Hold
from tests.bookings.threads import run_behind_a_new_hold
from tests.runtime.processes import wait_until
from tests.seating.best_seats.test_holding import ids, scheduled
from tests.seating.test_holds import BUDI, SITI
from tests.seating.test_rescue import held_by, lose, take

pytestmark = pytest.mark.django_db(transaction=True)


def test_block_is_accepted_while_another_tab_makes_a_hold() -> None:
    showtime = scheduled("A  rrrr")
    take(showtime, BUDI, "A1")
    found = lose(showtime, "A1")

    held = run_behind_a_new_hold(
        lambda: rescue.accept_rescue(
            showtime_id=showtime.pk, visitor=SITI, seat_ids=[seat.id for seat in found.block]
        ),
        visitor=SITI,
        showtime_id=showtime.pk,
    )

    assert [seat.seat_id for seat in held.seats] == ids(showtime, "A2")
    assert held_by(showtime, SITI) == ["A2"]


def test_seats_that_were_only_locked_for_a_moment_are_held() -> None:
    """A sweep locks the rows of an expired hold; they are free before the rescue begins."""
    showtime = scheduled("A  rrrr")
    wanted = ids(showtime, "A1", "A2")
    locked, attempts = Event(), list[Any]()

    def lock() -> None:
        with transaction.atomic():
            list(showtime.seats.filter(seat__in=wanted).select_for_update())
            locked.set()
            wait_until(lambda: len(attempts) >= HOLD_ATTEMPTS_MAX)
        connection.close()

    def note_conflict(execute: Any, *query: Any) -> Any:
        try:
            return execute(*query)
        except OperationalError:
            attempts.append(query)
            if len(attempts) == HOLD_ATTEMPTS_MAX:
                sweep.join()
            raise

    sweep = Thread(target=lock)
    sweep.start()
    locked.wait()
    with connection.execute_wrapper(note_conflict):
        held = rescue.hold_or_rescue(Holder("127.0.0.0/24", SITI), showtime.pk, wanted, counted=[])

    assert len(attempts) == HOLD_ATTEMPTS_MAX
    assert [seat.seat_id for seat in held.seats] == wanted
    assert held_by(showtime, SITI) == ["A1", "A2"]
    assert not Hold.objects.exclude(visitor=SITI).exists()
