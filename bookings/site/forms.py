"""Checkout form. Validates shapes only; prices and rules belong to the domain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.forms import phone_field
from bookings.errors import AgeNotConfirmed, AmountBelowMinimum
from bookings.models import Booking, TicketType
from bookings.orders.checkout import Contact
from bookings.orders.email_typos import suggested_address
from bookings.orders.pricing import ticket_price_rupiah
from bookings.orders.ticket_types import types_for
from bookings.payments import registry
from bookings.payments.base import Provider
from movies.models import Movie, Showtime
from movies.prices import price_of
from seating.holds.transitions import HeldSeats

NAME_MAX = 120
VOUCHER_MAX = 24


def type_choices(types: Sequence[TicketType], seat_price_rupiah: int) -> list[tuple[str, str]]:
    """``Adult · Rp48.000``: the price of each ticket type on this seat."""
    return [
        (
            kind.code,
            f"{kind.name} · {price_of(ticket_price_rupiah(seat_price_rupiah, kind.price_percent))}",
        )
        for kind in types
    ]


SEAT_FIELD_PREFIX = "seat_"


def seat_field(seat_id: int) -> str:
    return f"{SEAT_FIELD_PREFIX}{seat_id}"


def entries_of(booking: Booking, seat_ids: Sequence[int]) -> dict[str, str]:
    """Entries of ``booking`` for a new booking of ``seat_ids``.

    Ticket types of seats that it no longer has go to the new seats, in their order.
    """
    tickets = booking.tickets.select_related("ticket_type", "showtime_seat").order_by("pk")
    types = {ticket.showtime_seat.seat_id: ticket.ticket_type.code for ticket in tickets}
    left = iter([code for seat_id, code in types.items() if seat_id not in seat_ids])
    chosen = {seat_id: types.get(seat_id) or next(left, "") for seat_id in seat_ids}
    return {
        "name": booking.contact_name,
        "email": booking.contact_email,
        "phone": str(booking.contact_phone or ""),
        "voucher": booking.voucher.code if booking.voucher else "",
        **{seat_field(seat_id): code for seat_id, code in chosen.items() if code},
    }


def _age_field(movie: Movie) -> forms.BooleanField:
    return forms.BooleanField(
        label=_("Everybody in this booking is %(years)s or older and brings an identity card.")
        % {"years": movie.classification.removesuffix("+")},
        error_messages={"required": AgeNotConfirmed.message},
    )


class CheckoutForm(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        max_length=NAME_MAX,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Please tell us your name.")},
    )
    email = forms.EmailField(
        label=_("Email"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"}),
        help_text=_("Your tickets are sent here."),
        error_messages={
            "required": _("Please tell us where to send your tickets."),
            "invalid": _("This is not a complete email address."),
        },
    )
    phone = phone_field(_("For an SMS with your booking code."))
    voucher = forms.CharField(
        label=_("Voucher"),
        required=False,
        max_length=VOUCHER_MAX,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )
    # The address for which the form has already suggested a correction.
    kept_email = forms.CharField(required=False, widget=forms.HiddenInput)
    # Rendered with the price breakdown, so that it always equals the displayed total.
    expected_total_rupiah = forms.IntegerField(required=False, widget=forms.HiddenInput)
    provider = forms.ChoiceField(
        label=_("Payment method"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Please choose a payment method."),
            "invalid_choice": _("Please choose one of the payment methods."),
        },
    )

    def __init__(self, *args: Any, held: HeldSeats, showtime: Showtime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.held, self.showtime = held, showtime
        self.types = types = types_for(showtime)
        if showtime.movie.needs_age_proof:
            self.fields["age_confirmed"] = _age_field(showtime.movie)
        for seat in held.seats:
            self.fields[seat_field(seat.seat_id)] = forms.ChoiceField(
                label=seat.label,
                choices=type_choices(types, seat.price_rupiah),
                initial=types[0].code if types else None,
                widget=forms.Select(attrs={"data-reprices": ""}),
                error_messages={
                    "required": _("Please choose a ticket type for this seat."),
                    "invalid_choice": _("Please choose a ticket type for this seat."),
                },
            )
        offered = registry.offered(showtime.studio.cinema)
        self._offer([registry.provider(name) for name in offered])

    @property
    def seat_rows(self) -> list[tuple[Any, forms.BoundField]]:
        return [(seat, self[seat_field(seat.seat_id)]) for seat in self.held.seats]

    @property
    def provider_rows(self) -> list[tuple[Any, Any]]:
        """(radio button, description) of each payment method."""
        return [
            (radio, each.about)
            for radio, each in zip(self["provider"].subwidgets, self._providers, strict=True)
        ]

    def limit_providers(self, total_rupiah: int) -> None:
        """Offer only providers whose minimum ``total_rupiah`` reaches. For rendering."""
        self._offer([each for each in self._providers if registry.accepts(each, total_rupiah)])

    def _offer(self, providers: list[Provider]) -> None:
        field = self.fields["provider"]
        assert isinstance(field, forms.ChoiceField)
        self._providers = providers
        field.choices = [(each.name, each.title) for each in providers]
        field.initial = next((each.name for each in providers), None)

    def chosen_types(self) -> dict[int, str]:
        """Seat id → ticket type code, also of an invalid or unbound form."""
        return {
            seat.seat_id: self._chosen_type(seat_field(seat.seat_id)) for seat in self.held.seats
        }

    def _chosen_type(self, name: str) -> str:
        """The entered type; that of an earlier booking only if it is still offered."""
        field, entered = self.fields[name], self._entered.get(name)
        assert isinstance(field, forms.ChoiceField)
        if entered and (self.is_bound or field.valid_value(entered)):
            return str(entered)
        return str(field.initial)

    def typed_voucher(self) -> str:
        return str(self._entered.get("voucher") or "")[:VOUCHER_MAX].strip()

    @property
    def _entered(self) -> Mapping[str, Any]:
        return self.data if self.is_bound else self.initial

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        self._question_typo(cleaned)
        if self.data.get("expected_total_rupiah") == "":
            self.add_error(None, _("Please check the total, then pay."))
        total_rupiah = cleaned.get("expected_total_rupiah") or 0
        chosen = registry.provider(cleaned["provider"]) if "provider" in cleaned else None
        if chosen is not None and not registry.accepts(chosen, total_rupiah):
            self.add_error("provider", str(AmountBelowMinimum(chosen.minimum_rupiah)))
        return cleaned

    def _question_typo(self, cleaned: dict[str, Any]) -> None:
        """Report a probably mistyped domain once; the same address again is accepted."""
        email = cleaned.get("email", "")
        suggested = suggested_address(email)
        if not suggested or cleaned.get("kept_email") == email:
            return
        shown = cast("QueryDict", self.data).copy()
        shown["kept_email"] = email
        self.data = shown
        text = _("Did you mean %(suggested)s? If %(email)s is right, go on with the payment again.")
        self.add_error("email", text % {"suggested": suggested, "email": email})

    def contact(self) -> Contact:
        data = self.cleaned_data
        return Contact(name=data["name"], email=data["email"], phone=str(data["phone"] or ""))
