"""Form fields for numbers as people type them."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import EMPTY_VALUES
from django.utils.translation import gettext_lazy as _

from core.forms.numbers import UnclearNumber, parse_integer, parse_rupiah


class WholeNumberField(forms.IntegerField):
    """Integer field for ``60000``, ``60.000``, ``60,000``; refuses what could be two numbers."""

    widget = forms.TextInput
    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid": _("We cannot read “%(value)s” for sure. Write a whole number, like 60000."),
    }
    parse = staticmethod(parse_integer)

    def to_python(self, value: Any) -> int | None:
        if value in EMPTY_VALUES:
            return None
        try:
            return self.parse(str(value))
        except UnclearNumber:
            raise ValidationError(
                self.error_messages["invalid"], code="invalid", params={"value": value}
            ) from None

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return super().widget_attrs(widget) | {"inputmode": "numeric", "autocomplete": "off"}


class RupiahField(WholeNumberField):
    """Amount of rupiah: also ``Rp 60.000`` and ``Rp60.000,-``."""

    parse = staticmethod(parse_rupiah)
