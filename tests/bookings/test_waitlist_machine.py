"""State machine of a waitlist: parties wait, seats are cancelled, sniped, offered, taken and paid
in any order. No seat is in two offers, every offer seats its whole party side by side, and nobody
is passed over without a logged reason, which is true.

LAYAR_HYPOTHESIS=long runs for minutes instead of seconds.
"""

from __future__ import annotations

import os
from collections import Counter
from contextlib import suppress
from itertools import pairwise

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from bookings.models import Booking, WaitlistEntry, WaitlistEvent, WaitlistOffer
from bookings.waitlist import joining, offers
from core.errors import LayarError
from movies.models import Showtime
from seating.holds import transitions
from tests.bookings.fixtures import hold_of, order_of, settle_as
from tests.bookings.waitlists import cancel, later, sold_out, wait
from tests.factories import make_payment

GRID = "A  rrrr_rr\nB  pppp"
NAMES = ("siti", "budi", "tono", "ani")
IS_LONG = os.environ.get("LAYAR_HYPOTHESIS") == "long"
PROFILE = settings(
    max_examples=100 if IS_LONG else 4,
    stateful_step_count=50 if IS_LONG else 20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
names = st.sampled_from(NAMES)


class Line(RuleBasedStateMachine):
    """Each example runs in a savepoint of the test's transaction, which is rolled back."""

    showtime: Showtime
    sold: list[Booking]

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = transaction.savepoint()
        seats = self.showtime.seats.select_related("seat").order_by("seat_id")
        self.place = {row.seat_id: (row.seat.line, row.seat.column) for row in seats}
        self.category = {row.seat_id: row.seat.category for row in seats}
        self.left = list(self.sold)

    def teardown(self) -> None:
        try:
            self.work()
        finally:
            transaction.savepoint_rollback(self.savepoint)

    @initialize()
    def somebody_waits(self) -> None:
        self.join("siti", 2, "")
        self.join("budi", 1, "premiere")

    @rule(name=names, size=st.integers(1, 3), category=st.sampled_from(["", "regular", "premiere"]))
    def join(self, name: str, size: int, category: str) -> None:
        with suppress(LayarError):
            wait(self.showtime, name, size, categories=(category,) if category else ())

    @rule(number=st.integers(0, 9), count=st.integers(1, 3))
    def cancel_neighbours(self, number: int, count: int) -> None:
        going = self.left[number : number + count]
        self.left = [each for each in self.left if each not in going]
        cancel(*going)

    @rule()
    def work(self) -> None:
        known = set(WaitlistEvent.objects.values_list("pk", flat=True))
        offers.work(timezone.now())
        rows = WaitlistEvent.objects.exclude(pk__in=known).select_related("offer", "entry")
        self.check_reasons(list(rows.order_by("pk")))
        self.check_offers()
        self.check_order()

    @rule(seconds=st.sampled_from([200, 401, 700]))
    def pass_time(self, seconds: int) -> None:
        later(seconds)

    @rule()
    def sweep(self) -> None:
        transitions.sweep_expired_holds()

    @rule(name=names, then=st.sampled_from(["pay", "release", "keep", "decline", "leave"]))
    def answer(self, name: str, then: str) -> None:
        entry = WaitlistEntry.objects.active().filter(email__startswith=name).first()
        if entry is None:
            return
        at, visitor = timezone.now(), f"web:{name}"
        with suppress(LayarError):
            if then == "leave":
                joining.leave(entry_id=entry.pk, at=at)
            elif then == "decline":
                offers.decline(entry_id=entry.pk, at=at)
            else:
                held = offers.accept(entry_id=entry.pk, visitor=visitor, at=at)
                assert len(held.seats) == entry.party_size
                if then == "release":
                    transitions.release_hold(hold_id=held.hold_id, visitor=visitor)
                if then == "pay":
                    settle_as(make_payment(order_of(held, visitor=visitor)))

    @rule(number=st.integers(0, 9))
    def snipe(self, number: int) -> None:
        """Somebody who does not wait takes a seat on the map."""
        with suppress(LayarError):
            hold_of(self.showtime, [sorted(self.place)[number]], "web:sniper")

    @invariant()
    def no_seat_is_in_two_offers(self) -> None:
        counted: Counter[int] = Counter()
        for offer in WaitlistOffer.objects.filter(ended_at=None).select_related("hold", "entry"):
            if not offer.is_open(timezone.now()):
                continue
            counted.update(offer.seat_ids)
            held = self.showtime.seats.filter(hold=offer.hold_id, status="held")
            assert sorted(held.values_list("seat_id", flat=True)) == sorted(offer.seat_ids)
        assert [seat for seat, times in counted.items() if times > 1] == []

    def check_offers(self) -> None:
        """Each is what its party waits for."""
        for offer in WaitlistOffer.objects.select_related("entry"):
            places = sorted(self.place[seat] for seat in offer.seat_ids)
            assert len(places) == offer.entry.party_size
            assert all(next_to == (line, at + 1) for (line, at), next_to in pairwise(places))
            categories = {self.category[seat] for seat in offer.seat_ids}
            assert not offer.entry.categories or categories <= set(offer.entry.categories)

    def check_order(self) -> None:
        """Replay the log: an offer's entry is the first in line of those not skipped in its
        round."""
        line: list[str] = []
        skipped: set[tuple[object, object]] = set()
        for row in WaitlistEvent.objects.order_by("pk"):
            entry = str(row.entry_id)
            if row.kind == "confirmed" or (row.kind == "offer_ended" and row.detail != "bought"):
                line.append(entry)
            elif row.kind == "skipped":
                assert entry in line
                skipped.add((entry, row.at))
            elif row.kind == "offered":
                assert next(each for each in line if (each, row.at) not in skipped) == entry
                line.remove(entry)
            elif row.kind == "ended" and entry in line:
                line.remove(entry)

    def check_reasons(self, rows: list[WaitlistEvent]) -> None:
        """Compare each reason with the seats that were free: those that are now, and those that
        this round offered."""
        takeable = {seat.seat_id for seat in self.showtime.seats.filter(status="available")}
        offered = {row.offer_id: row.offer for row in rows if row.kind == "offered"}
        free = takeable.union(*(set(offer.seat_ids) for offer in offered.values() if offer))
        for row in rows:
            if row.kind == "offered" and row.offer is not None:
                free -= set(row.offer.seat_ids)
            elif row.kind == "skipped":
                wanted = set(row.entry.categories) or set(self.category.values())
                suits = self.has_block(free, row.entry.party_size, wanted)
                others = self.has_block(free, row.entry.party_size, set(self.category.values()))
                assert (suits, row.detail) == (False, "category" if others else "no_block")

    def has_block(self, free: set[int], size: int, categories: set[str]) -> bool:
        places = {self.place[seat] for seat in free if self.category[seat] in categories}
        return any(all((line, at + step) in places for step in range(size)) for line, at in places)


@pytest.mark.django_db
def test_whatever_happens_offers_keep_their_order_and_the_log_explains_them() -> None:
    class ThisLine(Line):
        showtime, sold = sold_out(GRID)

    run_state_machine_as_test(ThisLine, settings=PROFILE)
