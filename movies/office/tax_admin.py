"""Office pages of tax rules."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.forms.fields import PercentField
from movies.models import Cinema, TaxRule
from movies.models.tax_rule import TAX_BASIS_POINTS_MAX
from movies.office.admin import OfficeAdmin
from movies.office.formatting import BASIS_POINTS_PER_PERCENT, percent
from movies.staff.permissions import Permission


class TaxRuleForm(forms.ModelForm[TaxRule]):
    """The rate in percent. A rule that applied cannot be changed, only ended."""

    city_slug = forms.ChoiceField(label=_("city"))
    percent = PercentField(
        label=_("rate (%)"),
        min_value=0,
        max_value=Decimal(TAX_BASIS_POINTS_MAX) / BASIS_POINTS_PER_PERCENT,
        max_digits=4,
        decimal_places=2,
    )

    class Meta:
        model = TaxRule
        fields = ("city_slug", "film_origin", "legal_reference", "valid_from", "valid_until")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cities = Cinema.objects.order_by("city").values_list("city_slug", "city").distinct()
        field = self.fields["city_slug"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = list(cities)
        if self.instance.pk is not None:
            rate = Decimal(self.instance.basis_points) / BASIS_POINTS_PER_PERCENT
            self.fields["percent"].initial = rate
            for name in self.fields.keys() - {"valid_until"}:
                self.fields[name].disabled = True

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "percent" in cleaned:
            self.instance.basis_points = int(cleaned["percent"] * BASIS_POINTS_PER_PERCENT)
        return cleaned


@admin.register(TaxRule)
class TaxRuleAdmin(OfficeAdmin):
    needs_recent_sign_in = True
    add_permission = change_permission = Permission.PRICES
    form = TaxRuleForm
    fields = [
        ("city_slug", "film_origin"),
        ("percent", "legal_reference"),
        ("valid_from", "valid_until"),
    ]
    list_display = ["city", "film_origin", "rate", "legal_reference", "valid_from", "valid_until"]
    list_filter = ["film_origin"]

    def get_queryset(self, request: HttpRequest) -> Any:
        self.cities = dict(Cinema.objects.values_list("city_slug", "city"))
        return super().get_queryset(request)

    @admin.display(description=_("city"), ordering="city_slug")
    def city(self, rule: TaxRule) -> str:
        return self.cities.get(rule.city_slug, rule.city_slug)

    @admin.display(description=_("rate"), ordering="basis_points")
    def rate(self, rule: TaxRule) -> str:
        return percent(rule.basis_points)

    def save_model(self, request: HttpRequest, obj: TaxRule, form: Any, change: bool) -> None:
        """What was sold before is corrected by ledger events (``bookings``), never changed."""
        obj.is_corrected = False
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # sales refer to it; it can be ended
