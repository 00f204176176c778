"""Paying, returning from the payment page, and abandoning an unpaid booking."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from bookings.errors import BookingClosed, PaymentRunning, ProviderUnknown
from bookings.orders.checkout import abandon_booking
from bookings.orders.session_access import booking_for
from bookings.payments import registry
from bookings.settlement import settle
from bookings.site.checkout import pay_at
from core.decorators import enforce, private_page
from core.ratelimit import RateLimit

PAYMENTS_BY_BOOKING = RateLimit("site_payment_booking", 30, 60)
CHECKS_MAX = 20
CHECK_SECONDS = 3


@private_page
@require_POST
def pay(request: HttpRequest, code: str) -> HttpResponseBase:
    """Continue a pending booking's payment: the running one, or a new one."""
    at = timezone.now()
    booking = booking_for(request, code, at)
    enforce(PAYMENTS_BY_BOOKING, str(booking.pk))
    running = booking.payments.unsettled().first()
    provider = running.provider if running else request.POST.get("provider", "")
    offered = registry.offered(booking.showtime.studio.cinema, booking.total_rupiah)
    if running is None and provider not in offered and len(offered) == 1:
        provider = offered[0]
    try:
        return pay_at(request, booking, provider, at)
    except (PaymentRunning, ProviderUnknown) as error:
        messages.error(request, str(error))
        return redirect("bookings:detail", booking.code)


@private_page
@require_safe
def payment_return(request: HttpRequest, code: str) -> HttpResponseBase:
    """Return address of the payment page. Trusts nothing in the request: queries the provider."""
    at = timezone.now()
    booking = booking_for(request, code, at)
    payment = booking.payments.first()
    if payment is None:
        return redirect("bookings:detail", booking.code)
    if payment.status in ("created", "pending"):
        payment = settle.refresh(payment_id=payment.pk, at=at)
    booking.refresh_from_db(fields=["status"])
    if not booking.is_pending:
        return redirect("bookings:detail", booking.code)
    if not payment.is_unsettled:
        messages.error(
            request,
            _("The payment did not go through. Your seats are still held; you can pay again."),
        )
        return redirect("bookings:detail", booking.code)
    checks = _checks(request)
    context = {
        "booking": booking,
        "payment": payment,
        "is_payable": payment.is_payable(at),
        "is_checking": checks < CHECKS_MAX,
    }
    response = render(request, "bookings/payment_check.html", context)
    if checks < CHECKS_MAX:
        response.headers["Refresh"] = f"{CHECK_SECONDS};url={request.path}?check={checks + 1}"
    return response


@private_page
@require_POST
def abandon(request: HttpRequest, code: str) -> HttpResponseBase:
    """Abandon an unpaid booking; its seats are free at once."""
    at = timezone.now()
    booking = booking_for(request, code, at)
    try:
        abandon_booking(booking_id=booking.pk, actor=booking.visitor, at=at)
        messages.info(request, _("Your booking is cancelled and its seats are open again."))
    except BookingClosed as error:
        messages.warning(request, str(error))
        return redirect("bookings:detail", booking.code)
    return redirect("seating:seat_map", booking.showtime_id)


def _checks(request: HttpRequest) -> int:
    count = request.GET.get("check", "0")
    return min(int(count), CHECKS_MAX) if count.isdecimal() and len(count) < 4 else 0
