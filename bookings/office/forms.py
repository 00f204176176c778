"""Forms of the office's page of one booking."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from phonenumber_field.formfields import PhoneNumberField
from unfold.widgets import (
    UnfoldAdminEmailInputWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from bookings.errors import TicketsMismatch
from bookings.models import Booking, Ticket
from bookings.models.note import NOTE_LENGTH_MAX
from bookings.orders.checkout import Contact
from bookings.refunds import cancellation
from bookings.refunds.batches.single import Wanted
from bookings.tickets import moving
from core.forms.fields import RupiahField
from core.templatetags.money import rupiah
from movies.models import Showtime

REASON_MAX = 200
SHOWTIMES_OFFERED_MAX = 60
SHOWTIMES_WITHIN = timedelta(days=14)


def reason_field(help_text: Any) -> forms.CharField:
    return forms.CharField(
        label=_("Reason"),
        max_length=REASON_MAX,
        widget=UnfoldAdminTextInputWidget,
        help_text=help_text,
        error_messages={"required": _("Please give a reason.")},
    )


class ContactForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120, widget=UnfoldAdminTextInputWidget)
    email = forms.EmailField(label=_("Email"), max_length=254, widget=UnfoldAdminEmailInputWidget)
    phone = PhoneNumberField(
        label=_("Mobile phone"), required=False, region="ID", widget=UnfoldAdminTextInputWidget
    )
    sends_again = forms.BooleanField(
        label=_("Send the tickets again"), required=False, widget=UnfoldBooleanWidget
    )

    def contact(self) -> Contact:
        data = self.cleaned_data
        return Contact(name=data["name"], email=data["email"], phone=str(data["phone"] or ""))


class RefundForm(forms.Form):
    """Chosen tickets, or an amount; never both."""

    seats = forms.TypedMultipleChoiceField(
        label=_("Tickets to cancel"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    keeps_fee = forms.BooleanField(
        label=_("Refund the tickets without the service fee"),
        required=False,
        widget=UnfoldBooleanWidget,
    )
    amount_rupiah = RupiahField(
        label=_("Or an amount (Rp)"),
        min_value=1,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Given back without cancelling a ticket."),
    )
    reason = reason_field(_("For your colleagues; buyers do not see it."))

    def __init__(self, *args: Any, booking: Booking, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.booking = booking
        seats = self.fields["seats"]
        assert isinstance(seats, forms.TypedMultipleChoiceField)
        seats.choices = [
            (ticket.showtime_seat.seat_id, _ticket_label(ticket))
            for ticket in cancellation.live_tickets(booking)
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "amount_rupiah" in self.errors or "seats" in self.errors:
            return cleaned
        if cleaned.get("seats") and cleaned.get("amount_rupiah") is not None:
            raise forms.ValidationError(_("Choose tickets or an amount, not both."))
        if not cleaned.get("seats") and cleaned.get("amount_rupiah") is None:
            raise forms.ValidationError(TicketsMismatch.message)
        return cleaned

    def wanted(self, left_rupiah: int | None) -> Wanted:
        """``left_rupiah``: what the page said is left of the payment."""
        data = self.cleaned_data
        return Wanted(
            booking=self.booking,
            left_rupiah=left_rupiah,
            seat_ids=data["seats"],
            keeps_fee=data["keeps_fee"],
            amount_rupiah=data["amount_rupiah"],
        )


def _ticket_label(ticket: Ticket) -> str:
    parts = [ticket.showtime_seat.seat.label, str(ticket.ticket_type), rupiah(ticket.paid_rupiah)]
    if ticket.checked_in_at is not None:
        parts.append(str(_("admitted")))
    return " · ".join(parts)


class ShowtimeChoice(forms.Form):
    """The showtime to move to: of the same film first, and those of the next days."""

    showtime = forms.TypedChoiceField(label=_("Showtime"), coerce=int)

    def __init__(self, *args: Any, booking: Booking, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        at, now = timezone.now(), booking.showtime
        others = (
            Showtime.objects.live()
            .with_places()
            .filter(
                studio__cinema=now.studio.cinema_id,
                movie=now.movie_id,
                starts_at__gt=at,
                starts_at__lt=at + SHOWTIMES_WITHIN,
            )
            .exclude(pk=now.pk)
            .order_by("starts_at")[:SHOWTIMES_OFFERED_MAX]
        )
        can_change = now.starts_at > at
        choice = self.fields["showtime"]
        assert isinstance(choice, forms.TypedChoiceField)
        choice.choices = [
            (one.pk, _showtime_label(one)) for one in [now, *(others if can_change else ())]
        ]


def _showtime_label(showtime: Showtime) -> str:
    local = date_format(showtime.local_starts_at, "D, j M Y, H:i")
    return f"{local} · {showtime.studio.name} · {showtime.movie}"


class MoveForm(forms.Form):
    tickets = forms.TypedMultipleChoiceField(
        label=_("Tickets to move"), coerce=int, widget=forms.CheckboxSelectMultiple
    )
    seats = forms.TypedMultipleChoiceField(
        label=_("New seats"), coerce=int, widget=forms.CheckboxSelectMultiple
    )
    reason = reason_field(_("For your colleagues, as a note; the buyer gets the new tickets."))

    def __init__(self, *args: Any, booking: Booking, showtime: Showtime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tickets, seats = self.fields["tickets"], self.fields["seats"]
        assert isinstance(tickets, forms.TypedMultipleChoiceField)
        assert isinstance(seats, forms.TypedMultipleChoiceField)
        live = cancellation.live_tickets(booking)
        tickets.choices = [(ticket.pk, _ticket_label(ticket)) for ticket in live]
        if showtime.pk != booking.showtime_id:
            tickets.initial = [ticket.pk for ticket in live]
        seats.choices = [(row.seat_id, row.seat.label) for row in moving.free_seats(showtime)]


class NoteForm(forms.Form):
    text = forms.CharField(
        label=_("Note"), max_length=NOTE_LENGTH_MAX, widget=UnfoldAdminTextareaWidget
    )
