"""A rescue that is accepted while another tab of the buyer makes a hold."""

from __future__ import annotations

import pytest

from seating.holds import rescue
from tests.bookings.threads import run_behind_a_new_hold
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
