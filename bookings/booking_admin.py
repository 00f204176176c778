"""Office pages of one booking: correcting its contact, and cancelling single tickets."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from phonenumber_field.formfields import PhoneNumberField
from unfold.decorators import action
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminTextInputWidget

from accounts.auth.reauthentication import require_recent_sign_in
from bookings.errors import CoupleSeatsTogether, NotCancellable, TicketsMismatch
from bookings.models import Booking, RefundBatch
from bookings.orders.checkout import Contact
from bookings.orders.contacts import correct_contact
from bookings.refunds import cancellation
from bookings.refunds.batches import batches
from core.templatetags.money import rupiah
from movies.office.admin import CinemaOfficeAdmin
from movies.staff.permissions import Permission, has_permission


class ContactForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120, widget=UnfoldAdminTextInputWidget)
    email = forms.EmailField(label=_("Email"), max_length=254, widget=UnfoldAdminEmailInputWidget)
    phone = PhoneNumberField(
        label=_("Mobile phone"), required=False, region="ID", widget=UnfoldAdminTextInputWidget
    )

    def contact(self) -> Contact:
        data = self.cleaned_data
        return Contact(name=data["name"], email=data["email"], phone=str(data["phone"] or ""))


class TicketsForm(forms.Form):
    seats = forms.TypedMultipleChoiceField(
        label=_("Tickets to cancel"),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": TicketsMismatch.message},
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("For your colleagues; buyers do not see it."),
        error_messages={"required": _("Please give a reason.")},
    )

    def __init__(self, *args: Any, booking: Booking, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        seats = self.fields["seats"]
        assert isinstance(seats, forms.TypedMultipleChoiceField)
        seats.choices = [
            (
                ticket.showtime_seat.seat_id,
                f"{ticket.showtime_seat.seat.label} · {rupiah(ticket.paid_rupiah)}",
            )
            for ticket in cancellation.cancellable_tickets(booking)
        ]


class BookingActions(CinemaOfficeAdmin):
    """Adds the pages ``contact`` and ``cancel-tickets`` to a booking."""

    actions_detail = ["correct_contact", "cancel_tickets"]

    def has_correct_contact_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return has_permission(request.user, Permission.RESOLVE)

    def has_cancel_tickets_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return has_permission(request.user, Permission.MOVE_MONEY)

    @action(
        description=_("Correct the contact…"), url_path="contact", permissions=["correct_contact"]
    )
    @require_recent_sign_in
    def correct_contact(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        booking = self._booking(request, object_id, Permission.RESOLVE)
        if not self.sees_people(request, booking):
            raise PermissionDenied
        known = {
            "name": booking.contact_name,
            "email": booking.contact_email,
            "phone": str(booking.contact_phone or ""),
        }
        form = ContactForm(request.POST or None, initial=known)
        if request.method == "POST" and form.is_valid():
            correct_contact(
                booking_id=booking.pk,
                contact=form.contact(),
                actor=f"staff:{request.user.pk}",
                at=timezone.now(),
            )
            messages.success(
                request, _("The contact is corrected. Tickets are not sent again by themselves.")
            )
            return redirect("admin:bookings_booking_change", booking.pk)
        return self._page(request, booking, form, str(_("Correct the contact")))

    @action(
        description=_("Cancel tickets and refund…"),
        url_path="cancel-tickets",
        permissions=["cancel_tickets"],
    )
    @require_recent_sign_in
    def cancel_tickets(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        booking = self._booking(request, object_id, Permission.MOVE_MONEY)
        form = TicketsForm(request.POST or None, booking=booking)
        if request.method == "POST" and form.is_valid():
            try:
                user: Any = request.user
                batch = batches.cancel_tickets(
                    booking=booking,
                    seat_ids=form.cleaned_data["seats"],
                    reason=form.cleaned_data["reason"],
                    user=user,
                    at=timezone.now(),
                )
            except (NotCancellable, TicketsMismatch, CoupleSeatsTogether) as error:
                form.add_error(None, str(error))
            else:
                return self._cancelled(request, booking, batch)
        return self._page(request, booking, form, str(_("Cancel tickets and refund")))

    def _cancelled(
        self, request: HttpRequest, booking: Booking, batch: RefundBatch
    ) -> HttpResponseBase:
        if batch.needs_second_person:
            messages.warning(request, _("A second person has to approve this before it is done."))
            return redirect("admin:bookings_refundbatch_change", batch.pk)
        messages.success(request, _("The tickets are cancelled and refunded in full."))
        return redirect("admin:bookings_booking_change", booking.pk)

    def _booking(self, request: HttpRequest, object_id: str, permission: Permission) -> Booking:
        booking = self.get_object(request, object_id)
        if booking is None:
            raise Http404
        if not self.may(request, permission, booking):
            raise PermissionDenied
        return booking  # type: ignore[no-any-return]

    def _page(
        self, request: HttpRequest, booking: Booking, form: forms.Form, title: str
    ) -> TemplateResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "booking": booking,
            "form": form,
        }
        return TemplateResponse(request, "admin/bookings/booking_action.html", context)
