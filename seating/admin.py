"""Seats in the managers' office. State is read-only here: only the domain moves it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from movies.errors import LayarError
from movies.office import CinemaOfficeAdmin, OfficeAdmin, ReadOnlyAdmin
from movies.rights import Right
from seating.grid import parse_grid
from seating.layouts import publish_layout
from seating.models import CategorySurcharge, Hold, Layout, ShowtimeSeat


class LayoutForm(forms.ModelForm[Layout]):
    class Meta:
        model = Layout
        fields = ["studio", "grid"]
        widgets = {"grid": forms.Textarea(attrs={"rows": 16, "class": "vLargeTextField"})}

    def clean_grid(self) -> str:
        grid: str = self.cleaned_data["grid"]
        try:
            parse_grid(grid)
        except LayarError as error:
            raise forms.ValidationError(str(error), code=error.code) from None
        return grid


@admin.register(Layout)
class LayoutAdmin(CinemaOfficeAdmin):
    """A plan is never edited: adding one makes the studio's next version."""

    cinema_path = "studio__cinema"
    add_right = Right.PROGRAMME
    form = LayoutForm
    list_display = ["studio", "version", "seat_count", "created_at"]
    list_filter = ["studio__cinema"]
    list_select_related = ["studio__cinema"]

    @admin.display(description=_("seats"))
    def seat_count(self, layout: Layout) -> int:
        return layout.seats.count()

    def save_model(self, request: HttpRequest, obj: Layout, form: Any, change: bool) -> None:
        published = publish_layout(obj.studio, obj.grid)
        obj.pk, obj.version = published.pk, published.version


@admin.register(CategorySurcharge)
class CategorySurchargeAdmin(OfficeAdmin):
    add_right = change_right = delete_right = Right.PRICES
    list_display = ["category", "surcharge_rupiah"]


@admin.register(Hold)
class HoldAdmin(ReadOnlyAdmin, CinemaOfficeAdmin):
    cinema_path = "showtime__studio__cinema"
    list_display = ["id", "showtime", "created_at", "expires_at", "ended_at", "end"]
    list_filter = ["end"]
    list_select_related = ["showtime__movie"]
    exclude = ["visitor"]  # a secret: it would let the reader act as the visitor


@admin.register(ShowtimeSeat)
class ShowtimeSeatAdmin(ReadOnlyAdmin, CinemaOfficeAdmin):
    cinema_path = "showtime__studio__cinema"
    list_display = ["showtime", "seat", "status", "price_rupiah", "held_until", "version"]
    list_filter = ["status"]
    list_select_related = ["showtime__movie", "seat"]
    raw_id_fields = ["showtime", "seat"]
