"""A customer's bookings: list, details, tickets and cancellation."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from bookings.errors import (
    BookingNotFound,
    CoupleSeatsTogether,
    NotCancellable,
    NoTicketsToSend,
    RefundChanged,
    TicketsMismatch,
)
from bookings.models import Booking, Refund
from bookings.orders.access_tokens import (
    RETURN_KEY_PREFIX,
    booking_for_return_key,
    booking_for_token,
    return_key_ends_at,
)
from bookings.orders.cancellation_terms import tiers_of
from bookings.orders.contacts import may_buyer_correct
from bookings.orders.guest_bookings import join_account, joinable
from bookings.orders.session_access import (
    LISTED_MAX,
    booking_for,
    may_change,
    remember_in_session,
    remember_until,
    visible_bookings,
)
from bookings.payments import registry
from bookings.payments.base import Provider
from bookings.refunds.cancellation import cancel_booking, offer
from bookings.tickets import documents
from bookings.tickets.documents import PDFS_BY_BOOKING as PDFS_BY_BOOKING
from bookings.tickets.resend import (
    RESENDS_BY_BOOKING,
    has_tickets_to_send,
    resend_tickets,
)
from bookings.waitlist.links import visible_entries
from core.decorators import enforce, private_page, require_left
from core.http.client_ip import client_network
from core.ids import row_id
from core.ratelimit import RateLimit

LINKS_BY_BOOKING = RateLimit("site_guest_link_booking", 60, 60)
# Wrong links only: a whole town of honest customers may share one network.
WRONG_LINKS_BY_NETWORK = RateLimit("site_wrong_link_network", 300, 60)


@private_page
@require_safe
def mine(request: HttpRequest) -> HttpResponseBase:
    at = timezone.now()
    bookings = list(visible_bookings(request, at).order_by("-showtime__starts_at")[:LISTED_MAX])
    upcoming = [booking for booking in bookings if _is_upcoming(booking, at)]
    past = [booking for booking in bookings if booking not in upcoming]
    context: dict[str, Any] = {"upcoming": upcoming[::-1], "past": past, "at": at}
    context["waits"] = visible_entries(request).active().order_by("created_at")[:LISTED_MAX]
    if request.user.is_authenticated:
        context["joinable"] = joinable(request.user).count()
    return render(request, "bookings/booking_list.html", context)


@private_page
@require_safe
def detail(request: HttpRequest, code: str) -> HttpResponseBase:
    at = timezone.now()
    booking = booking_for(request, code, at)
    context = _detail_context(booking, at)
    if not may_change(request, booking, at):
        context |= {"cancellation": None, "may_correct_address": False, "is_read_only": True}
    return render(request, "bookings/detail.html", context)


@private_page
@require_safe
def guest_link(request: HttpRequest, code: str, token: str) -> HttpResponseBase:
    """Open the booking in this session and redirect, so that the token leaves the address bar."""
    network = client_network(request)
    require_left(WRONG_LINKS_BY_NETWORK, network)
    try:
        booking = _linked_booking(request, code, token)
    except BookingNotFound:
        WRONG_LINKS_BY_NETWORK.record(network)
        raise
    enforce(LINKS_BY_BOOKING, str(booking.pk))
    if token.startswith(RETURN_KEY_PREFIX) or booking.payments.unsettled().exists():
        return redirect("bookings:payment_return", booking.code)
    return redirect("bookings:detail", booking.code)


@private_page
@require_POST
def cancel(request: HttpRequest, code: str) -> HttpResponseBase:
    at = timezone.now()
    booking = booking_for(request, code, at)
    if not may_change(request, booking, at):
        raise BookingNotFound()
    actor = f"user:{request.user.pk}" if request.user.is_authenticated else booking.visitor
    seat_ids = _ticked_seats(request)
    try:
        cancelled = cancel_booking(
            booking_id=booking.pk,
            seat_ids=seat_ids,
            expected_refund_rupiah=_shown_refund_rupiah(request, seat_ids),
            actor=actor,
            at=at,
        )
    except (NotCancellable, TicketsMismatch, CoupleSeatsTogether, RefundChanged) as error:
        messages.error(request, str(error))
        return redirect("bookings:detail", booking.code)
    if cancelled.is_paid:
        messages.success(request, _("The tickets are cancelled. Your money is on its way back."))
    else:
        messages.success(request, _("Your booking is cancelled. Your money is on its way back."))
    return redirect("bookings:detail", booking.code)


@private_page
@require_POST
def resend(request: HttpRequest, code: str) -> HttpResponseBase:
    at = timezone.now()
    booking = booking_for(request, code, at)
    enforce(RESENDS_BY_BOOKING, str(booking.pk))
    actor = f"user:{request.user.pk}" if request.user.is_authenticated else booking.visitor
    try:
        resend_tickets(booking_id=booking.pk, actor=actor, at=at)
        messages.success(request, _("Your tickets are on their way to you again."))
    except NoTicketsToSend as error:
        messages.error(request, str(error))
    return redirect("bookings:detail", booking.code)


@private_page
@require_safe
def ticket_file(request: HttpRequest, code: str) -> HttpResponseBase:
    booking = _paid_booking(request, code)
    enforce(PDFS_BY_BOOKING, str(booking.pk))
    return _download(documents.ticket_pdf(booking), "application/pdf", f"{booking.code}.pdf")


@private_page
@require_safe
def calendar_file(request: HttpRequest, code: str) -> HttpResponseBase:
    booking = _paid_booking(request, code)
    return _download(
        documents.calendar_ics(booking), "text/calendar; charset=utf-8", f"{booking.code}.ics"
    )


def _linked_booking(request: HttpRequest, code: str, token: str) -> Booking:
    """The booking of an access token or return key, remembered in this session."""
    at = timezone.now()
    if not token.startswith(RETURN_KEY_PREFIX):
        booking = booking_for_token(code, token)
        remember_in_session(request, booking)
        if request.user.is_authenticated and booking.user_id is None:
            join_account(request.user, at, code=booking.code)
        return booking
    try:
        booking = booking_for_return_key(code, token, at)
    except BookingNotFound:
        return booking_for(request, code, at)  # expired; this browser may open it anyway
    remember_until(request, booking, return_key_ends_at(booking))
    return booking


def _ticked_seats(request: HttpRequest) -> list[int]:
    found = (row_id(seat) for seat in request.POST.getlist("seat"))
    return [seat for seat in found if seat is not None]


def _shown_refund_rupiah(request: HttpRequest, seat_ids: list[int]) -> int:
    """The refund that the page showed for these seats, from its form; 0 for seats without one.

    ``refund_all``: the most that the page promised, less than their sum if staff gave an amount
    back.
    """
    shown = (row_id(request.POST.get(f"refund_{seat_id}", "")) for seat_id in seat_ids)
    asked_rupiah = sum(amount or 0 for amount in shown)
    most_rupiah = row_id(request.POST.get("refund_all", ""))
    return asked_rupiah if most_rupiah is None else min(asked_rupiah, most_rupiah)


def _is_upcoming(booking: Booking, at: Any) -> bool:
    return (booking.is_paid or booking.is_pending) and booking.showtime.ends_at > at


def _paid_booking(request: HttpRequest, code: str) -> Booking:
    booking = booking_for(request, code, timezone.now())
    if not booking.is_paid:
        raise BookingNotFound()
    return booking


def _detail_context(booking: Booking, at: Any) -> dict[str, Any]:
    shown = documents.shown_tickets(booking)
    return {
        "booking": booking,
        "showtime": booking.showtime,
        "tickets": shown,
        "live_count": sum(ticket.is_live() for ticket in shown),
        "may_correct_address": may_buyer_correct(booking, at),
        "has_tickets_to_send": has_tickets_to_send(booking, at),
        "cancellation": offer(booking, at),
        "cancellation_rules": tiers_of(booking),
        "is_payable": booking.is_pending and booking.expires_at > at,
        "seconds_left": max(0, int((booking.expires_at - at).total_seconds())),
        "at": at,
        "providers": _providers_to_choose(booking),
        "refunds": Refund.objects.filter(payment__booking=booking),
        "is_on_sale": booking.showtime.is_on_sale(at),
        "seat_ids": [ticket.showtime_seat.seat_id for ticket in shown],
    }


def _providers_to_choose(booking: Booking) -> list[Provider]:
    """Empty if a payment is running, or there is only one provider."""
    if not booking.is_pending or booking.payments.unsettled().exists():
        return []
    offered = registry.offered(booking.showtime.studio.cinema, booking.total_rupiah)
    return [registry.provider(name) for name in offered] if len(offered) > 1 else []


def _download(content: bytes, content_type: str, name: str) -> HttpResponse:
    return HttpResponse(
        content,
        content_type=content_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
