"""Checkout pages: from held seats to the payment page."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_POST

from bookings.errors import (
    AmountBelowMinimum,
    BookingClosed,
    PaymentRefused,
    PaymentUnavailable,
    TicketsMismatch,
    TicketTypeNotAllowed,
    TicketTypeUnknown,
    TotalChanged,
    VoucherRefused,
)
from bookings.models import Booking
from bookings.orders import vouchers
from bookings.orders.access_tokens import return_key
from bookings.orders.cancellation_terms import tiers_in_force
from bookings.orders.checkout import abandon_booking, open_booking, quote_hold
from bookings.orders.pricing import Quote
from bookings.orders.session_access import last_failed_order, order_of_last_hold, waiting_booking
from bookings.settlement.start_payment import start_payment
from bookings.site import drafts
from bookings.site.forms import CheckoutForm, entries_of
from core.api.problem_details import as_layar_error, headers
from core.decorators import enforce, private_page, see_other
from core.errors import LayarError, TooManyRequests, Unavailable
from core.http.client_ip import client_network
from core.ratelimit import RateLimit
from movies.models import showtime_with_places
from seating.errors import HoldExpired, HoldNotFound, HoldSealed, SingleSeatLeft
from seating.holds import transitions
from seating.holds.gap_rule import check_single_gap
from seating.holds.types import HeldSeats
from seating.holds.visitors import site_visitor
from seating.models import Hold
from seating.site.page import EXPIRED, seconds_left

CHECKOUTS_BY_VISITOR = RateLimit("site_checkout_visitor", 120, 60)
# A browser can drop its visitor cookie, so the limit is per network and wide enough for one.
CHECKOUTS_BY_NETWORK = RateLimit("site_checkout_network", 6_000, 60)
# Value of the form's "action" that only updates the prices; any other submits it.
REPRICE = "reprice"
TYPE_ERRORS = (TicketTypeUnknown, TicketTypeNotAllowed, TicketsMismatch)
PART_HEADER = "X-Part"  # sent by the page's script, which needs the price breakdown only


@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def checkout(request: HttpRequest, showtime_id: int) -> HttpResponseBase:
    at = timezone.now()
    visitor = site_visitor(request)
    held = visitor and transitions.current_hold(showtime_id=showtime_id, visitor=visitor)
    if not held or not visitor:
        return _back_to_seats(request, showtime_id, HoldNotFound(), at)
    if held.is_sealed:
        return _continue_order(request, showtime_id, at)
    showtime = showtime_with_places(showtime_id)
    if request.method != "POST":
        try:
            check_single_gap(held)
        except SingleSeatLeft as error:
            return _back_to_seats(request, showtime_id, error, at)
        known = _known_entries(request, held, at)
        form = CheckoutForm(held=held, showtime=showtime, initial=known)
        return _page(request, form, at)
    form = CheckoutForm(request.POST, held=held, showtime=showtime)
    try:
        return _submitted(request, form, visitor, at)
    except (TooManyRequests, Unavailable, OperationalError) as error:
        if PART_HEADER in request.headers:
            raise
        return _try_again(request, form, as_layar_error(error) or Unavailable(), at)


def _submitted(
    request: HttpRequest, form: CheckoutForm, visitor: str, at: datetime
) -> HttpResponseBase:
    limit_checkouts(request, visitor)
    if form.typed_voucher():
        vouchers.enforce_code_limits(form.held.hold_id, client_network(request))
    if request.POST.get("action") == REPRICE:
        return _repriced(request, form, at)
    if not form.is_valid():
        return _page(request, form, at, status=422)
    return _buy(request, form, visitor, at)


def limit_checkouts(request: HttpRequest, visitor: str) -> None:
    """Raises TooManyRequests."""
    enforce(CHECKOUTS_BY_VISITOR, visitor)
    if not request.user.is_authenticated:
        enforce(CHECKOUTS_BY_NETWORK, client_network(request))


def _try_again(
    request: HttpRequest, form: CheckoutForm, error: LayarError, at: datetime
) -> HttpResponse:
    """The form as it was sent, with the message and ``Retry-After`` of a temporary refusal."""
    form.full_clean()
    form.add_error(None, str(error))
    response = _page(request, form, at, status=error.status)
    for name, value in headers(error).items():
        response.headers[name] = value
    return response


@private_page
@require_POST
def change_seats(request: HttpRequest, showtime_id: int) -> HttpResponseBase:
    """Abandon the pending booking but keep its seats, to change them."""
    at = timezone.now()
    booking = waiting_booking(request, showtime_id, at)
    if booking is not None:
        try:
            abandon_booking(booking_id=booking.pk, keep_seats=True, actor=booking.visitor, at=at)
        except BookingClosed:
            return redirect("bookings:detail", booking.code)
    return redirect("seating:seat_map", showtime_id)


def pay_at(request: HttpRequest, booking: Booking, provider: str, at: datetime) -> HttpResponseBase:
    """Redirect to the provider's page, or to the booking's page if there is none."""
    detail = reverse("bookings:detail", args=[booking.code])
    back = request.build_absolute_uri(
        reverse("bookings:guest_link", args=[booking.code, return_key(booking)])
    )
    try:
        payment = start_payment(booking_id=booking.pk, provider=provider, return_url=back, at=at)
    except (AmountBelowMinimum, PaymentRefused, PaymentUnavailable) as error:
        messages.error(request, str(error))
        return see_other(detail)
    except BookingClosed:
        return see_other(detail)
    # Not is_payable(at): the database's clock allowed the start; this server's may differ.
    return see_other(payment.redirect_url if payment.is_unsettled else detail)


def _buy(request: HttpRequest, form: CheckoutForm, visitor: str, at: datetime) -> HttpResponseBase:
    showtime_id = form.held.showtime_id
    try:
        booking = open_booking(
            hold_id=form.held.hold_id,
            visitor=visitor,
            user=request.user if request.user.is_authenticated else None,
            ticket_types=form.chosen_types(),
            contact=form.contact(),
            language=get_language() or "id",
            voucher_code=form.typed_voucher(),
            expected_total_rupiah=form.cleaned_data["expected_total_rupiah"],
            is_age_confirmed=form.cleaned_data.get("age_confirmed", False),
            at=at,
        )
    except HoldSealed:
        return _continue_order(request, showtime_id, at)
    except (HoldNotFound, HoldExpired) as error:
        return _back_to_seats(request, showtime_id, error, at)
    except TotalChanged as error:
        form.add_error(None, str(error))
        return _page(request, form, at, status=error.status)
    except (VoucherRefused, *TYPE_ERRORS) as error:
        form.add_error("voucher" if isinstance(error, VoucherRefused) else None, str(error))
        return _page(request, form, at, status=422)
    drafts.discard(request)
    return pay_at(request, booking, form.cleaned_data["provider"], at)


def _continue_order(request: HttpRequest, showtime_id: int, at: datetime) -> HttpResponseBase:
    """Continue with the existing booking, after a form sent twice or from a second tab."""
    booking = waiting_booking(request, showtime_id, at)
    if booking is None:
        return redirect("bookings:mine")
    detail = reverse("bookings:detail", args=[booking.code])
    if booking.user_id is not None and booking.user_id != request.user.pk:
        # Made by an account that has since signed out in this browser.
        return redirect_to_login(detail)
    running = booking.payments.unsettled().first()
    if request.method == "POST" and running is not None:
        return pay_at(request, booking, running.provider, at)
    return see_other(detail)


def _repriced(request: HttpRequest, form: CheckoutForm, at: datetime) -> HttpResponse:
    """Prices only: the breakdown partial for the script, otherwise the whole page."""
    if request.headers.get(PART_HEADER) == "breakdown":
        return render(request, "bookings/_breakdown.html", _priced(request, form, at))
    typed = request.POST.dict()
    unjudged = CheckoutForm(held=form.held, showtime=form.showtime, initial=typed)
    return _page(request, unjudged, at, priced=_priced(request, form, at))


def _page(
    request: HttpRequest,
    form: CheckoutForm,
    at: datetime,
    *,
    priced: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    priced = priced or _priced(request, form, at)
    if priced["quote"] is not None:
        form.limit_providers(priced["quote"].total_rupiah)
    context = {
        "form": form,
        "held": form.held,
        "seconds_left": seconds_left(form.held),
        "showtime": form.showtime,
        "cancellation_rules": tiers_in_force(form.showtime.studio.cinema),
        "types": form.types,
        **priced,
    }
    return render(request, "bookings/checkout.html", context, status=status)


def _priced(request: HttpRequest, form: CheckoutForm, at: datetime) -> dict[str, Any]:
    """The price breakdown, and the error of a voucher that is refused."""
    code = form.typed_voucher()
    try:
        return {"quote": _quote(form, code, at), "voucher_code": code}
    except VoucherRefused as error:
        if form.is_bound:
            vouchers.record_refused_code(client_network(request))
        return {"quote": _quote(form, "", at), "voucher_code": code, "voucher_error": str(error)}
    except TYPE_ERRORS:
        return {"quote": None, "voucher_code": code}


def _quote(form: CheckoutForm, voucher_code: str, at: datetime) -> Quote:
    return quote_hold(
        hold=form.held, ticket_types=form.chosen_types(), voucher_code=voucher_code, at=at
    )


def _known_entries(request: HttpRequest, held: HeldSeats, at: datetime) -> dict[str, str]:
    """Entries of the visitor's failed or abandoned booking; else those of a checkout that was
    sent too late; else the account's contact."""
    failed = last_failed_order(request, held.showtime_id, at)
    if failed is not None:
        return entries_of(failed, [seat.seat_id for seat in held.seats])
    if draft := drafts.draft_of(request, held.showtime_id, at):
        return draft
    if not request.user.is_authenticated:
        return {}
    user = request.user
    return {"name": user.name, "email": user.email, "phone": str(user.phone or "")}


def _back_to_seats(
    request: HttpRequest, showtime_id: int, error: LayarError, at: datetime
) -> HttpResponseBase:
    made = order_of_last_hold(request, showtime_id, at)
    if made is not None:
        # The back button or a second tab: show the booking's own page.
        return see_other(reverse("bookings:detail", args=[made.code]))
    messages.warning(request, str(error))
    seat_map = reverse("seating:seat_map", args=[showtime_id])
    is_expired = isinstance(error, HoldNotFound | HoldExpired)
    if is_expired and request.method == "POST" and _held_before(request, showtime_id):
        drafts.keep(request, showtime_id, at)
    return redirect(f"{seat_map}?{EXPIRED}=1" if is_expired else seat_map)


def _held_before(request: HttpRequest, showtime_id: int) -> bool:
    """Whether this browser ever held seats of the showtime: others make no session row."""
    visitor = site_visitor(request)
    return visitor is not None and Hold.objects.of(visitor).filter(showtime=showtime_id).exists()
