"""Mutations of the promises about the waitlist."""

from tests.mutants.mutation import Mutation

_OFFERS = "tests/bookings/test_waitlist_offers.py"
_JOINING = "tests/bookings/test_waitlist_joining.py"

WAITLIST = (
    Mutation(
        name="waitlist-overtakes",
        promise="The first in line gets the offer",
        file="bookings/waitlist/queue.py",
        old='order_by("waits_since", "created_at", "pk")',
        new='order_by("-waits_since", "-created_at", "pk")',
        tests=(f"{_OFFERS}::test_freed_block_is_held_for_the_first_in_line_for_ten_minutes",),
    ),
    Mutation(
        name="waitlist-offers-to-strangers",
        promise="An address gets no offer before it is confirmed",
        file="bookings/waitlist/queue.py",
        old="WaitlistEntry.objects.confirmed()",
        new="WaitlistEntry.objects.active()",
        tests=(f"{_JOINING}::test_address_of_a_guest_gets_no_offer_before_it_is_confirmed",),
    ),
    Mutation(
        name="waitlist-keeps-its-place",
        promise="Whoever lets an offer lapse waits behind the others",
        file="bookings/waitlist/endings.py",
        old="    entry.waits_since = at\n",
        new="",
        tests=(f"{_OFFERS}::test_lapsed_offer_goes_to_the_next_and_its_entry_waits_behind",),
    ),
    Mutation(
        name="waitlist-skips-silently",
        promise="Nobody is passed over without a logged reason",
        file="bookings/waitlist/offers.py",
        old="    for passed, availability in skipped:\n",
        new="    for passed, availability in skipped[:0]:\n",
        tests=(f"{_OFFERS}::test_each_skip_has_its_reason",),
    ),
    Mutation(
        name="waitlist-offers-without-a-hold",
        promise="A declined offer opens its seats at once",
        file="bookings/waitlist/offers.py",
        old=(
            "    held_offers.withdraw_offer(hold_id=offer.hold_id)\n"
            "    end_offer(offer, OfferEnd.DECLINED, at)\n"
        ),
        new="    end_offer(offer, OfferEnd.DECLINED, at)\n",
        tests=(f"{_OFFERS}::test_declined_offer_goes_to_the_next_at_once",),
    ),
    Mutation(
        name="waitlist-accepts-late",
        promise="An offer that is over cannot be accepted",
        file="seating/holds/offers.py",
        old="    if not offer.is_live(offer.now):\n        raise HoldExpired()\n",
        new="",
        tests=(f"{_OFFERS}::test_offer_that_is_over_cannot_be_accepted_before_any_sweep",),
    ),
    Mutation(
        name="waitlist-gives-to-anybody",
        promise="An offer is accepted once, by one visitor",
        file="seating/holds/offers.py",
        old="    if offer.visitor != offered_to:\n        raise HoldNotFound()\n",
        new="",
        tests=(
            "tests/bookings/test_waitlist_races.py"
            "::test_rounds_at_once_make_each_offer_once_and_one_visitor_takes_it",
        ),
    ),
)
