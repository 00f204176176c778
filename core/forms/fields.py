"""Form fields for numbers, times and days in Indonesian notations."""

from __future__ import annotations

from datetime import time
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import EMPTY_VALUES
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from core.forms.numbers import UnclearNumber, parse_integer, parse_rupiah

MINUTES_PER_HOUR = 60


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


class PercentField(forms.DecimalField):
    """Percentage with a decimal point or comma: ``7.5`` and ``7,5``."""

    widget = forms.TextInput

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        return super().to_python(str(value).replace(",", ".") if value is not None else value)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return super().widget_attrs(widget) | {"inputmode": "decimal", "autocomplete": "off"}


class RupiahField(WholeNumberField):
    """Amount of rupiah: also ``Rp 60.000`` and ``Rp60.000,-``."""

    parse = staticmethod(parse_rupiah)


class MinuteOfDayField(forms.TimeField):
    """Time of day, ``18:00`` or ``18.00``, of a column with the minutes since midnight."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(input_formats=["%H:%M", "%H.%M", "%H:%M:%S"], **kwargs)

    def to_python(self, value: Any) -> int | None:  # type: ignore[override]  # minutes, not a time
        moment = super().to_python(value)
        return None if moment is None else moment.hour * MINUTES_PER_HOUR + moment.minute

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, int):
            return super().prepare_value(value)
        return f"{time(*divmod(value, MINUTES_PER_HOUR)):%H:%M}"

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


class IsoWeekdaysField(forms.TypedMultipleChoiceField):
    """Named weekdays of a column with ISO numbers: 1 is Monday."""

    def __init__(self, **kwargs: Any) -> None:
        choices = [(day + 1, name) for day, name in WEEKDAYS.items()]
        super().__init__(choices=choices, coerce=int, **kwargs)
