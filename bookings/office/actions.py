"""Office actions on one booking: contact, tickets again, print, refund, other seats, note."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from unfold.decorators import action

from accounts.auth.reauthentication import require_recent_sign_in
from bookings.errors import NoTicketsToSend
from bookings.models import Booking, BookingNote, RefundBatch
from bookings.office.forms import (
    ContactForm,
    MoveForm,
    NoteForm,
    RefundForm,
    ShowtimeChoice,
)
from bookings.orders.contacts import correct_contact
from bookings.refunds.batches import single
from bookings.refunds.goodwill import refundable_rupiah
from bookings.tickets import documents
from bookings.tickets.moving import move_tickets
from bookings.tickets.resend import has_tickets_to_send, resend_tickets
from core.errors import InvalidInput, Refused
from core.ids import row_id
from movies.models import Showtime
from movies.office.admin import CinemaOfficeAdmin
from movies.staff.permissions import Permission, has_permission

PAGE = "admin/bookings/booking_action.html"


class BookingActions(CinemaOfficeAdmin):
    """Adds the pages ``contact``, ``cancel-tickets`` and ``move``, and small actions, to a
    booking."""

    actions_detail = ["correct_contact", "cancel_tickets", "move_to_seats"]

    def get_urls(self) -> list[Any]:
        def route(name: str, view: Any) -> Any:
            protected = self.admin_site.admin_view(view)
            return path(f"<path:object_id>/{name}/", protected, name=f"bookings_booking_{name}")

        own = [
            route("note", self.add_note),
            route("resend", self.send_again),
            route("print", self.print_tickets),
        ]
        return [*own, *super().get_urls()]

    def has_correct_contact_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return has_permission(request.user, Permission.RESOLVE)

    def has_cancel_tickets_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return has_permission(request.user, Permission.MOVE_MONEY)

    @action(
        description=_("Correct the contact…"), url_path="contact", permissions=["correct_contact"]
    )
    @require_recent_sign_in
    def correct_contact(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        booking = self._booking(request, object_id, Permission.RESOLVE, with_people=True)
        known = {
            "name": booking.contact_name,
            "email": booking.contact_email,
            "phone": str(booking.contact_phone or ""),
            "sends_again": has_tickets_to_send(booking, timezone.now()),
        }
        form = ContactForm(request.POST or None, initial=known)
        if request.method == "POST" and form.is_valid():
            self._correct(request, booking, form)
            return self._back(booking)
        return self._page(request, booking, form, _("Correct the contact"))

    def _correct(self, request: HttpRequest, booking: Booking, form: ContactForm) -> None:
        """A new address gets the tickets in any case."""
        at, actor, former = timezone.now(), f"staff:{request.user.pk}", booking.contact_email
        correct_contact(booking_id=booking.pk, contact=form.contact(), actor=actor, at=at)
        is_new_address = form.cleaned_data["email"].lower() != former.lower()
        is_sent = booking.is_paid and has_tickets_to_send(booking, at)
        if is_sent and form.cleaned_data["sends_again"] and not is_new_address:
            resend_tickets(booking_id=booking.pk, actor=actor, at=at)
        elif not is_new_address:
            is_sent = False
        text = (
            _("The contact is corrected, and the tickets are sent again.")
            if is_sent
            else _("The contact is corrected.")
        )
        messages.success(request, text)

    @action(description=_("Refund…"), url_path="cancel-tickets", permissions=["cancel_tickets"])
    @require_recent_sign_in
    def cancel_tickets(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        booking = self._booking(request, object_id, Permission.MOVE_MONEY)
        form = RefundForm(request.POST or None, booking=booking)
        if request.method == "POST" and form.is_valid():
            user: Any = request.user
            try:
                batch = single.refund(
                    wanted=form.wanted(row_id(request.POST.get("left_rupiah", ""))),
                    reason=form.cleaned_data["reason"],
                    user=user,
                    at=timezone.now(),
                )
            except (Refused, InvalidInput) as error:
                form.add_error(None, str(error))
            else:
                return self._refunded(request, booking, batch)
        left = {"left_rupiah": refundable_rupiah(booking)}
        return self._page(request, booking, form, _("Refund"), left)

    def _refunded(
        self, request: HttpRequest, booking: Booking, batch: RefundBatch
    ) -> HttpResponseBase:
        if batch.needs_second_person:
            messages.warning(request, _("A second person has to approve this before it is done."))
            return redirect("admin:bookings_refundbatch_change", batch.pk)
        messages.success(request, _("The refund is on its way."))
        return self._back(booking)

    @action(description=_("Move to other seats…"), url_path="move", permissions=["cancel_tickets"])
    @require_recent_sign_in
    def move_to_seats(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """``?showtime=`` chooses another showtime of the film at the same cinema."""
        booking = self._booking(request, object_id, Permission.MOVE_MONEY)
        choice = ShowtimeChoice(
            {"showtime": booking.showtime_id} | request.GET.dict(), booking=booking
        )
        if not choice.is_valid():
            raise Http404
        showtime = Showtime.objects.with_places().get(pk=choice.cleaned_data["showtime"])
        form = MoveForm(request.POST or None, booking=booking, showtime=showtime)
        if request.method == "POST" and form.is_valid():
            user: Any = request.user
            try:
                move_tickets(
                    booking_id=booking.pk,
                    showtime_id=showtime.pk,
                    ticket_ids=form.cleaned_data["tickets"],
                    seat_ids=form.cleaned_data["seats"],
                    reason=form.cleaned_data["reason"],
                    by=user,
                    at=timezone.now(),
                )
            except (Refused, InvalidInput) as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, _("The tickets are moved, and the buyer gets new ones."))
                return self._back(booking)
        return self._page(
            request, booking, form, _("Move to other seats"), {"choice": choice, "target": showtime}
        )

    @method_decorator(require_POST)
    def send_again(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        booking = self._booking(request, object_id, Permission.RESOLVE)
        try:
            resend_tickets(
                booking_id=booking.pk, actor=f"staff:{request.user.pk}", at=timezone.now()
            )
            messages.success(request, _("The tickets are sent again."))
        except NoTicketsToSend as error:
            messages.error(request, str(error))
        return self._back(booking)

    @method_decorator(require_POST)
    def add_note(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        booking = self._booking(request, object_id, Permission.RESOLVE, with_people=True)
        form = NoteForm(request.POST)
        if form.is_valid():
            user: Any = request.user
            BookingNote.objects.create(
                booking=booking,
                text=form.cleaned_data["text"],
                written_by=user,
                written_at=timezone.now(),
            )
        else:
            messages.error(request, _("The note is empty or too long."))
        return self._back(booking)

    @method_decorator([require_safe, never_cache])
    def print_tickets(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        booking = self._booking(request, object_id, Permission.RESOLVE, with_people=True)
        if not booking.is_paid:
            raise Http404
        detailed = Booking.objects.with_details().get(pk=booking.pk)
        return HttpResponse(
            documents.ticket_pdf(detailed),
            content_type="application/pdf",
            headers={"Content-Disposition": f'inline; filename="{booking.code}.pdf"'},
        )

    def _booking(
        self,
        request: HttpRequest,
        object_id: str,
        permission: Permission,
        *,
        with_people: bool = False,
    ) -> Booking:
        booking = self.get_object(request, object_id)
        if booking is None:
            raise Http404
        if not self.may(request, permission, booking) or (
            with_people and not self.sees_people(request, booking)
        ):
            raise PermissionDenied
        return booking  # type: ignore[no-any-return]

    def _back(self, booking: Booking) -> HttpResponseBase:
        return redirect("admin:bookings_booking_change", booking.pk)

    def _page(
        self,
        request: HttpRequest,
        booking: Booking,
        form: forms.Form,
        title: Any,
        more: dict[str, Any] | None = None,
    ) -> TemplateResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "booking": booking,
            "form": form,
            **(more or {}),
        }
        return TemplateResponse(request, PAGE, context)
