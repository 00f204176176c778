"""The office's form of a ticket type."""

from __future__ import annotations

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from bookings.models import TicketType
from movies.models import Classification


class TicketTypeForm(forms.ModelForm[TicketType]):
    classifications = forms.MultipleChoiceField(
        choices=Classification, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )

    class Meta:
        model = TicketType
        fields = (
            "code",
            "name_id",
            "name_en",
            "rule_id",
            "rule_en",
            "price_percent",
            "classifications",
            "position",
            "is_offered",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        column = TicketType._meta.get_field("classifications")
        self.fields["classifications"].label = column.verbose_name
