"""Mutations of the promises about bookings, vouchers, tickets and their locks."""

from tests.mutants.mutation import Mutation

BOOKINGS = (
    Mutation(
        name="booking-is-not-locked",
        promise="Every booking transition locks its booking first",
        file="bookings/orders/locks.py",
        old='Booking.objects.select_for_update(of=("self",), no_key=True)',
        new="Booking.objects",
        tests=("tests/bookings/test_locks.py::test_locked_row_is_waited_for",),
    ),
    Mutation(
        name="payment-is-not-locked",
        promise="Every payment transition locks its payment",
        file="bookings/orders/locks.py",
        old='Payment.objects.select_for_update(of=("self",), no_key=True)',
        new="Payment.objects",
        tests=("tests/bookings/test_locks.py::test_locked_row_is_waited_for",),
    ),
    Mutation(
        name="booking-on-a-cancelled-showtime",
        promise="A cancelled showtime sells nothing",
        file="bookings/orders/checkout.py",
        old="    if showtime.cancelled_at is not None:\n",
        new="    if False:\n",
        tests=(
            "tests/bookings/test_checkout.py::test_cancelled_showtime_opens_no_order_and_starts_no_payment",
        ),
    ),
    Mutation(
        name="booking-ignores-agreed-total",
        promise="A booking costs what the customer agreed to",
        file="bookings/orders/checkout.py",
        old="if expected_total_rupiah not in (None, priced.total_rupiah):",
        new="if False:",
        tests=(
            "tests/bookings/test_checkout_refusals.py::test_price_change_returns_once_with_the_new_total",
        ),
    ),
    Mutation(
        name="abandoned-booking-keeps-its-voucher",
        promise="An abandoned booking returns its voucher use",
        file="bookings/orders/checkout.py",
        old="    vouchers.return_use(booking.voucher_id)\n",
        new="",
        tests=(
            "tests/bookings/test_abandon.py::test_abandon_releases_the_seats_at_once_and_returns_the_voucher",
        ),
    ),
    Mutation(
        name="access-token-is-not-checked",
        promise="Only its token opens a booking",
        file="bookings/orders/access_tokens.py",
        old='_signer().unsign(f"{_signed(booking)}.{token}")',
        new='_signer().signature(f"{_signed(booking)}.{token}")',
        tests=("tests/bookings/test_access.py::test_every_other_token_is_refused_equally",),
    ),
    Mutation(
        name="expiry-waits-for-locks",
        promise="Expiry skips bookings that are being settled",
        file="bookings/settlement/expiry.py",
        old="skip_locked=True, of=",
        new="of=",
        tests=("tests/bookings/test_expiry_rules.py::test_expiry_skips_a_locked_booking",),
    ),
    Mutation(
        name="expiry-by-the-applications-clock",
        promise="The database clock decides about expiry",
        file="bookings/settlement/expiry.py",
        old="filter(pk=booking_id, status=BookingStatus.PENDING, expires_at__lte=Now())",
        new="filter(pk=booking_id, status=BookingStatus.PENDING, expires_at__lte=at)",
        tests=(
            "tests/bookings/test_expiry_rules.py::test_expiry_compares_with_the_database_clock",
        ),
    ),
    Mutation(
        name="expiry-keeps-the-voucher",
        promise="An expired booking returns its voucher use",
        file="bookings/settlement/expiry.py",
        old="    vouchers.return_use(booking.voucher_id)\n",
        new="",
        tests=("tests/bookings/test_expiry_rules.py::test_expiry_returns_the_voucher_use",),
    ),
    Mutation(
        name="voucher-exceeds-its-limit",
        promise="A voucher is used at most as often as allowed",
        file="bookings/orders/vouchers.py",
        old='filter(pk=voucher_id, uses__lt=F("max_uses"))',
        new="filter(pk=voucher_id)",
        tests=("tests/bookings/test_vouchers.py::test_uses_are_taken_to_the_limit_and_given_back",),
    ),
    Mutation(
        name="voucher-exceeds-the-customers-share",
        promise="A customer uses a voucher at most as often as allowed",
        file="bookings/orders/vouchers.py",
        old="voucher.pk) >= limit:",
        new="voucher.pk) > limit:",
        tests=(
            "tests/bookings/test_voucher_customers.py::test_an_account_uses_a_voucher_as_often_as_one_customer_may",
        ),
    ),
    Mutation(
        name="ticket-admits-again",
        promise="A ticket admits once",
        file="bookings/tickets/checkin.py",
        old="    if ticket.checked_in_at is not None:\n",
        new="    if False:\n",
        tests=(
            "tests/bookings/test_checkin.py::test_second_scan_is_refused_with_the_time_of_the_first",
        ),
    ),
    Mutation(
        name="ticket-admits-elsewhere",
        promise="A ticket admits at its own cinema",
        file="bookings/tickets/checkin.py",
        old="if not door.cinemas.filter(pk=cinema.pk).exists():",
        new="if False:",
        tests=("tests/bookings/test_checkin.py::test_ticket_of_another_cinema_is_refused",),
    ),
    Mutation(
        name="void-ticket-admits",
        promise="A cancelled ticket does not admit",
        file="bookings/tickets/checkin.py",
        old="    if ticket.voided_at is not None:\n",
        new="    if False:\n",
        tests=("tests/bookings/test_checkin.py::test_cancelled_ticket_is_refused",),
    ),
    Mutation(
        name="ticket-signature-is-not-checked",
        promise="A forged ticket code does not admit",
        file="bookings/tickets/codes.py",
        old="if not is_known or not sum(compare_digest(shown, each) for each in spellings):",
        new="if not is_known:",
        tests=("tests/bookings/test_forgeries.py::test_no_forged_code_admits",),
    ),
)
