"""Mutations of the promises about refunds, cancellation and payouts."""

from tests.mutants.mutation import Mutation

REFUNDS = (
    Mutation(
        name="refund-counts-twice",
        promise="A refund is counted once",
        file="bookings/refunds/refunds.py",
        old="    if refund.status == RefundStatus.REFUNDED:\n        _warn_of_second",
        new="    if False:\n        _warn_of_second",
        tests=(
            "tests/bookings/test_refunds.py::test_late_response_after_another_workers_changes_nothing",
        ),
    ),
    Mutation(
        name="refund-is-not-due",
        promise="A refund is due in the transaction that finds it",
        file="bookings/refunds/refunds.py",
        old="    payment.refund_due_rupiah += amount_rupiah\n",
        new="",
        tests=(
            "tests/bookings/test_settlement.py::test_second_payment_of_an_order_is_refunded_as_duplicate",
        ),
    ),
    Mutation(
        name="refund-retries-at-once",
        promise="Refunds are retried with growing pauses",
        file="bookings/refunds/refunds.py",
        old="refund.next_attempt_at = at + BACKOFF.after(refund.attempts)",
        new="refund.next_attempt_at = at",
        tests=(
            "tests/bookings/test_refunds.py::test_refund_that_fails_is_tried_again_with_growing_pauses",
        ),
    ),
    Mutation(
        name="refund-impossible-is-retried",
        promise="A refund that cannot be made becomes a payout",
        file="bookings/refunds/refunds.py",
        old='if report.status == "failed" and is_hopeless:',
        new="if False:",
        tests=(
            "tests/bookings/test_payouts.py::test_a_refund_that_cannot_be_given_is_a_task_at_once",
        ),
    ),
    Mutation(
        name="payout-task-outlives-the-refund",
        promise="A refund that is made after all withdraws its payout",
        file="bookings/refunds/refunds.py",
        old="        payouts.withdraw(refund)",
        new="        pass",
        tests=(
            "tests/bookings/test_payouts.py::test_payout_is_withdrawn_when_the_provider_refunds",
        ),
    ),
    Mutation(
        name="payout-of-an-unclear-refund",
        promise="An unanswered refund is not paid by hand",
        file="bookings/refunds/payouts.py",
        old=" and refund.failure_code not in UNCLEAR_CODES",
        new="",
        tests=(
            "tests/bookings/test_payouts.py::test_staff_may_pay_out_refunds_that_a_provider_refuses",
        ),
    ),
    Mutation(
        name="payout-is-resolved-twice",
        promise="A payout is resolved once",
        file="bookings/refunds/payouts.py",
        old="if payout.resolved_at is not None:",
        new="if False:",
        tests=("tests/bookings/test_payouts.py::test_two_people_pay_out_once",),
    ),
    Mutation(
        name="payout-needs-no-note",
        promise="A payout is resolved with a note",
        file="bookings/refunds/payouts.py",
        old="if not note.strip():",
        new="if False:",
        tests=("tests/bookings/test_payouts.py::test_paying_out_without_a_note_is_refused",),
    ),
    Mutation(
        name="cancellation-ignores-agreed-refund",
        promise="A cancellation refunds what was shown",
        file="bookings/refunds/cancellation.py",
        old="if expected_refund_rupiah not in (None, sum(refunds)):",
        new="if False:",
        tests=(
            "tests/bookings/test_cancellation_offers.py::test_api_refuses_another_refund_than_agreed_and_names_it",
        ),
    ),
    Mutation(
        name="cancellation-splits-couple-seats",
        promise="Halves of a couple seat are cancelled together",
        file="bookings/refunds/cancellation.py",
        old="if other is not None and other in by_seat and other not in seat_ids:",
        new="if False:",
        tests=(
            "tests/bookings/test_cancellation_terms.py::test_halves_of_a_couple_seat_are_cancelled_together",
        ),
    ),
    Mutation(
        name="cancellation-of-a-used-ticket",
        promise="A used ticket is not cancelled",
        file="bookings/refunds/cancellation.py",
        old="for ticket in live if ticket.checked_in_at is not None}",
        new="for ticket in live if ticket is None}",
        tests=(
            "tests/bookings/test_cancellation.py::test_cancel_after_one_guest_was_let_in_cancels_the_other_ticket",
        ),
    ),
    Mutation(
        name="cancellation-returns-voucher-early",
        promise="A voucher use returns with the last ticket",
        file="bookings/refunds/cancellation.py",
        old="    if is_whole:\n        vouchers",
        new="    if chosen:\n        vouchers",
        tests=(
            "tests/bookings/test_cancellation_terms.py::test_single_tickets_are_cancelled_one_after_the_other",
        ),
    ),
    Mutation(
        name="cancellation-reopens-cancelled-show",
        promise="Seats of a cancelled showtime are blocked",
        file="bookings/refunds/cancellation.py",
        old="        sales.block_seats(showtime_seat_ids=seats)\n",
        new="        pass\n",
        tests=(
            "tests/bookings/test_cancellation.py::test_cancel_of_a_cancelled_showtimes_booking_is_possible",
        ),
    ),
    Mutation(
        name="cancellation-tier-ends-early",
        promise="A tier is valid until its hour",
        file="bookings/orders/cancellation_terms.py",
        old="if left >= timedelta(hours=tier.hours_before):",
        new="if left > timedelta(hours=tier.hours_before):",
        tests=("tests/bookings/test_cancellation_terms.py::test_tier_holds_until_its_hour",),
    ),
    Mutation(
        name="cancellation-rounds-down",
        promise="Refunds are rounded half up",
        file="bookings/orders/cancellation_terms.py",
        old="(share_rupiah + PERCENT // 2) // PERCENT",
        new="share_rupiah // PERCENT",
        tests=(
            "tests/bookings/test_cancellation_terms.py::test_later_half_of_it_without_the_fee",
            "tests/bookings/test_cancellation_terms.py::test_refund_of_a_ticket_is_between_zero_and_the_paid_amount",
        ),
    ),
    Mutation(
        name="cancellation-uses-later-terms",
        promise="A booking keeps its terms",
        file="bookings/orders/cancellation_terms.py",
        old="for tier in booking.cancellation_terms)",
        new="for tier in snapshot(booking.showtime.studio.cinema))",
        tests=(
            "tests/bookings/test_cancellation_terms.py::test_order_keeps_the_terms_of_its_purchase",
        ),
    ),
)
