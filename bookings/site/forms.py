"""The checkout form. Validates shapes only; prices and rules belong to the domain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from phonenumber_field.formfields import PhoneNumberField

from bookings.errors import AmountBelowMinimum
from bookings.models import TicketType
from bookings.orders.checkout import Contact
from bookings.orders.pricing import ticket_price_rupiah
from bookings.payments import registry
from bookings.payments.base import Provider
from core.templatetags.money import rupiah
from movies.models import Cinema
from seating.holds.transitions import HeldSeats

NAME_MAX = 120
VOUCHER_MAX = 24


def type_choices(types: Sequence[TicketType], seat_price_rupiah: int) -> list[tuple[str, str]]:
    """``Adult · Rp45.000``: the price of each ticket type on this seat."""
    return [
        (
            kind.code,
            f"{kind.name} · {rupiah(ticket_price_rupiah(seat_price_rupiah, kind.price_percent))}",
        )
        for kind in types
    ]


def seat_field(seat_id: int) -> str:
    return f"seat_{seat_id}"


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
    phone = PhoneNumberField(
        label=_("Mobile phone"),
        required=False,
        region="ID",
        widget=forms.TextInput(
            attrs={"type": "tel", "autocomplete": "tel", "placeholder": "0812 3456 7890"}
        ),
        help_text=_("For an SMS with your booking code."),
        error_messages={"invalid": _("This is not a phone number, such as 0812 3456 7890.")},
    )
    voucher = forms.CharField(
        label=_("Voucher"),
        required=False,
        max_length=VOUCHER_MAX,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )
    # Drawn with the price breakdown, so that it is always the total that the page shows.
    expected_total_rupiah = forms.IntegerField(required=False, widget=forms.HiddenInput)
    provider = forms.ChoiceField(
        label=_("Payment method"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Please choose a payment method."),
            "invalid_choice": _("Please choose one of the payment methods."),
        },
    )

    def __init__(
        self, *args: Any, held: HeldSeats, types: Sequence[TicketType], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.held = held
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
        cinema = Cinema.objects.filter(studios__showtimes=held.showtime_id).first()
        self._offer([registry.provider(name) for name in registry.offered(cinema)])

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
        source: Mapping[str, Any] = self.data if self.is_bound else {}
        return {
            seat.seat_id: source.get(seat_field(seat.seat_id))
            or self.fields[seat_field(seat.seat_id)].initial
            for seat in self.held.seats
        }

    def typed_voucher(self) -> str:
        return str(self.data.get("voucher", ""))[:VOUCHER_MAX].strip() if self.is_bound else ""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        total_rupiah = cleaned.get("expected_total_rupiah") or 0
        chosen = registry.provider(cleaned["provider"]) if "provider" in cleaned else None
        if chosen is not None and not registry.accepts(chosen, total_rupiah):
            self.add_error("provider", str(AmountBelowMinimum(chosen.minimum_rupiah)))
        return cleaned

    def contact(self) -> Contact:
        data = self.cleaned_data
        return Contact(name=data["name"], email=data["email"], phone=str(data["phone"] or ""))
