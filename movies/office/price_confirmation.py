"""A form that saves a price far from the usual one only after the manager confirmed it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

CONFIRMED = "confirmed_price"


class ConfirmationInput(forms.CheckboxInput):
    """An unchecked box that sends the price which it confirms."""

    def __init__(self, price_rupiah: int) -> None:
        super().__init__(check_test=lambda _value: False)
        self.price_rupiah = price_rupiah

    def format_value(self, value: Any) -> str:
        return str(self.price_rupiah)


class PriceConfirmation(forms.Form):
    """Mixin: call ``confirm_price`` from ``clean``. The box is shown once it is needed."""

    confirmed_price = forms.CharField(
        required=False, label=_("This price is right"), widget=forms.HiddenInput
    )

    def confirm_price(self, name: str, doubt: str) -> None:
        """Add ``doubt``, if any, as an error of the field ``name`` until its price is confirmed."""
        price_rupiah: int = self.cleaned_data[name]
        if not doubt or self.cleaned_data[CONFIRMED] == str(price_rupiah):
            return
        self.fields[CONFIRMED].widget = ConfirmationInput(price_rupiah)
        advice = _("Correct it, or confirm that it is right.")
        self.add_error(name, forms.ValidationError(f"{doubt} {advice}", code="unusual_price"))
