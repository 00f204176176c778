"""Offers of a waitlist: whom, what, for how long, and why not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from bookings.errors.waitlist import OfferOver, WaitlistEntryOver
from bookings.models import EntryEnd, WaitlistEntry, WaitlistEvent, WaitlistOffer
from bookings.waitlist import joining, limits, offers
from movies.models import Showtime
from seating.errors import SeatTaken
from seating.holds import transitions
from seating.models import Hold
from tests.bookings import waitlists
from tests.bookings.fixtures import hold_of, order_of, seat_ids, settle_as
from tests.bookings.waitlists import cancel, later, log, sold_out, wait
from tests.factories import make_payment

pytestmark = pytest.mark.django_db


def work() -> int:
    return offers.work(timezone.now())


def test_freed_block_is_held_for_the_first_in_line_for_ten_minutes() -> None:
    showtime, sold = sold_out()
    wait(showtime, "siti")
    wait(showtime, "budi")
    cancel(sold[2], sold[3])

    assert work() == 1

    assert waitlists.offers() == [("siti", "A3, A4", "")]
    offer = WaitlistOffer.objects.select_related("hold").get()
    assert offer.hold.expires_at - offer.hold.created_at == timedelta(seconds=600)
    assert offer.price_rupiah == sum(booking.total_rupiah for booking in sold[2:4])
    with pytest.raises(SeatTaken):
        hold_of(showtime, offer.seat_ids[:1], "web:tono")
    assert work() == 0


def test_pair_is_never_offered_one_seat_nor_two_apart() -> None:
    showtime, sold = sold_out()
    wait(showtime, "siti")
    cancel(sold[0])
    assert work() == 0
    single = wait(showtime, "budi", 1, categories=("premiere",))
    WaitlistEntry.objects.filter(pk=single.pk).update(categories=[])
    cancel(sold[2])

    assert work() == 1

    assert log()[-2:] == ["siti skipped no_block", "budi offered"]
    skip = WaitlistEvent.objects.get(kind="skipped")
    assert skip.offer == single.offers.get()


def test_database_refuses_an_offer_of_fewer_seats_than_people() -> None:
    showtime, sold = sold_out()
    wait(showtime, "siti")
    cancel(*sold[:2])
    work()

    with (
        pytest.raises(IntegrityError, match="waitlist_offer_seats_whole_party"),
        transaction.atomic(),
    ):
        WaitlistOffer.objects.update(seat_ids=[1])


def test_each_skip_has_its_reason() -> None:
    showtime, sold = sold_out("A  ppprr")
    wait(showtime, "large", 3)
    wait(showtime, "cheap", price_max_rupiah=1_000)
    wait(showtime, "couple", categories=("couple",))
    wait(showtime, "both", categories=("regular",), price_max_rupiah=1_000)
    wait(showtime, "any")
    cancel(*sold[1:3])

    assert work() == 1

    assert waitlists.offers() == [("any", "A2, A3", "")]
    assert log()[-5:] == [
        "large skipped no_block",
        "cheap skipped price",
        "couple skipped category",
        "both skipped category_price",
        "any offered",
    ]


def test_highest_price_contains_the_service_fee() -> None:
    showtime, sold = sold_out()
    price = sold[0].total_rupiah
    wait(showtime, "short", 1, price_max_rupiah=price - 1)
    wait(showtime, "enough", 1, price_max_rupiah=price)
    cancel(sold[0])

    work()

    assert waitlists.offers() == [("enough", "A1", "")]


def test_lapsed_offer_goes_to_the_next_and_its_entry_waits_behind() -> None:
    showtime, sold = sold_out()
    siti = wait(showtime, "siti")
    wait(showtime, "budi")
    cancel(*sold[:2])
    work()
    later(601)

    assert work() == 1

    assert waitlists.offers() == [("siti", "A1, A2", "lapsed"), ("budi", "A1, A2", "")]
    siti.refresh_from_db()
    assert siti.ended_at is None
    later(601)
    assert work() == 1
    assert waitlists.offers()[-1] == ("siti", "A1, A2", "")


def test_entry_ends_after_the_last_offer_that_it_did_not_take() -> None:
    showtime, sold = sold_out()
    siti = wait(showtime, "siti")
    cancel(*sold[:2])
    for _offer in range(limits.OFFERS_BY_ENTRY_MAX):
        assert work() == 1
        later(601)

    assert work() == 0

    siti.refresh_from_db()
    assert siti.end == EntryEnd.MISSED
    assert log()[-2:] == ["siti offer_ended lapsed", "siti ended missed"]


def test_declined_offer_goes_to_the_next_at_once() -> None:
    showtime, sold = sold_out()
    siti = wait(showtime, "siti")
    wait(showtime, "budi")
    cancel(*sold[:2])
    work()

    offers.decline(entry_id=siti.pk, at=timezone.now())

    assert work() == 1
    assert waitlists.offers() == [("siti", "A1, A2", "declined"), ("budi", "A1, A2", "")]
    with pytest.raises(OfferOver):
        offers.decline(entry_id=siti.pk, at=timezone.now())


def test_accepted_offer_is_the_visitors_hold_and_can_be_bought() -> None:
    showtime, sold = sold_out()
    siti = wait(showtime, "siti")
    cancel(*sold[:2])
    work()

    held = offers.accept(entry_id=siti.pk, visitor="web:siti", at=timezone.now())
    again = offers.accept(entry_id=siti.pk, visitor="web:siti", at=timezone.now())

    assert [seat.label for seat in held.seats] == ["A1", "A2"]
    assert (again.hold_id, again.seats) == (held.hold_id, held.seats)
    settle_as(make_payment(order_of(held, visitor="web:siti")))
    assert work() == 0
    siti.refresh_from_db()
    assert siti.end == EntryEnd.BOUGHT
    assert log()[-4:] == [
        "siti offered",
        "siti accepted",
        "siti offer_ended bought",
        "siti ended bought",
    ]


def test_accepting_late_leaves_the_time_of_an_ordinary_hold() -> None:
    showtime, sold = sold_out()
    siti = wait(showtime, "siti")
    cancel(*sold[:2])
    work()
    later(590)

    held = offers.accept(entry_id=siti.pk, visitor="web:siti", at=timezone.now())

    assert held.expires_at - held.server_time == timedelta(seconds=settings.HOLD_SECONDS)
    until = set(showtime.seats.filter(hold=held.hold_id).values_list("held_until", flat=True))
    assert until == {held.expires_at}


def test_accepting_replaces_seats_that_the_visitor_held() -> None:
    showtime, sold = sold_out()
    siti = wait(showtime, "siti")
    cancel(*sold[:2], sold[5])
    work()
    before = hold_of(showtime, seat_ids(showtime)[5:], "web:siti")

    held = offers.accept(entry_id=siti.pk, visitor="web:siti", at=timezone.now())

    assert [seat.label for seat in held.seats] == ["A1", "A2"]
    assert Hold.objects.get(pk=before.hold_id).end == "released"


def test_accepted_and_unpaid_seats_go_to_the_next() -> None:
    showtime, sold = sold_out()
    siti = wait(showtime, "siti")
    wait(showtime, "budi")
    cancel(*sold[:2])
    work()
    held = offers.accept(entry_id=siti.pk, visitor="web:siti", at=timezone.now())
    transitions.release_hold(hold_id=held.hold_id, visitor="web:siti")

    assert work() == 1

    assert waitlists.offers() == [("siti", "A1, A2", "unpaid"), ("budi", "A1, A2", "")]


def test_offer_that_is_over_cannot_be_accepted_before_any_sweep() -> None:
    showtime, sold = sold_out()
    siti = wait(showtime, "siti")
    cancel(*sold[:2])
    work()
    later(601)

    with pytest.raises(OfferOver):
        offers.accept(entry_id=siti.pk, visitor="web:siti", at=timezone.now())


def test_leaving_opens_the_offered_seats_for_the_next() -> None:
    showtime, sold = sold_out()
    siti = wait(showtime, "siti")
    wait(showtime, "budi")
    cancel(*sold[:2])
    work()

    joining.leave(entry_id=siti.pk, at=timezone.now())
    joining.leave(entry_id=siti.pk, at=timezone.now())

    assert work() == 1
    assert waitlists.offers() == [("siti", "A1, A2", "declined"), ("budi", "A1, A2", "")]
    with pytest.raises(WaitlistEntryOver):
        offers.accept(entry_id=siti.pk, visitor="web:siti", at=timezone.now())


@pytest.mark.parametrize(
    ("minutes", "seconds"), [(61, 600), (59, 180), (2, 120), (0.9, None), (-1, None)]
)
def test_offers_are_shorter_near_the_start_and_end_before_it(
    minutes: float, seconds: int | None
) -> None:
    at = timezone.now()
    starts_at = at + timedelta(minutes=minutes)
    showtime = Showtime(starts_at=starts_at, sale_closes_at=starts_at + timedelta(minutes=15))

    assert limits.offer_seconds(showtime, at) == seconds


def test_cancelled_showtime_withdraws_offers_and_ends_entries() -> None:
    showtime, sold = sold_out()
    wait(showtime, "siti")
    wait(showtime, "budi")
    cancel(*sold[:2])
    work()
    Showtime.objects.filter(pk=showtime.pk).update(cancelled_at=timezone.now())

    assert work() == 0

    assert waitlists.offers() == [("siti", "A1, A2", "withdrawn")]
    ends = WaitlistEntry.objects.values_list("end", flat=True)
    assert list(ends) == [EntryEnd.CLOSED, EntryEnd.CLOSED]
    assert not Hold.objects.filter(visitor__startswith="waitlist:", ended_at=None).exists()
