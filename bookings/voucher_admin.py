"""Vouchers in the office. Only users who may change prices can read, search or filter complete
codes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from bookings.models import Voucher
from core.forms.fields import IsoWeekdaysField
from movies.office.admin import OfficeAdmin
from movies.office.filters import DefaultFilter
from movies.staff.permissions import Permission, has_permission

CODE_FIELD = "code"


class HiddenVoucherCodes(ModelAdmin):
    """Refuses searches and filters that would reveal codes letter by letter."""

    def sees_codes(self, request: HttpRequest) -> bool:
        """Cached on the request, because lists call it for every row."""
        known: bool | None = getattr(request, "sees_voucher_codes", None)
        if known is None:
            known = has_permission(request.user, Permission.PRICES)
            request.sees_voucher_codes = known  # type: ignore[attr-defined]
        return known

    def get_search_fields(self, request: HttpRequest) -> Sequence[Any]:
        return super().get_search_fields(request) if self.sees_codes(request) else []

    def lookup_allowed(self, lookup: str, value: str, request: Any = None) -> bool:
        if lookup.split("__")[0] == CODE_FIELD and not self.sees_codes(request):
            return False
        return bool(super().lookup_allowed(lookup, value, request))


class VoucherForm(forms.ModelForm[Voucher]):
    weekdays = IsoWeekdaysField(
        label=_("only on these weekdays"),
        required=False,
        help_text=_("Of the show’s business day. None chosen: every day."),
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    class Meta:
        model = Voucher
        fields = "__all__"  # noqa: DJ007  (the office edits every fact of a voucher)


class ValidFilter(DefaultFilter):
    title = _("validity")
    parameter_name = "validity"
    default = "open"
    options = (("open", _("Valid now or later")), ("over", _("Over")))

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> Any:
        at = timezone.now()
        lookups = {"open": {"valid_until__gt": at}, "over": {"valid_until__lte": at}}
        return queryset.filter(**lookups.get(self.value(), {}))


@admin.register(Voucher)
class VoucherAdmin(HiddenVoucherCodes, OfficeAdmin):
    needs_recent_sign_in = True
    add_permission = change_permission = delete_permission = Permission.PRICES
    list_display = ["code", "kind", "value", "valid_from", "valid_until", "uses", "max_uses"]
    list_filter = [ValidFilter]
    empty_text = _("No voucher is valid now or later.")
    search_fields = ["code"]
    filter_horizontal = ["cinemas", "movies"]
    form = VoucherForm

    @admin.display(description=_("code"))
    def masked_code(self, voucher: Voucher) -> str:
        return str(voucher)

    def get_list_display(self, request: HttpRequest) -> Sequence[Any]:
        return self._masked(request, super().get_list_display(request))

    def get_ordering(self, request: HttpRequest) -> Sequence[Any]:
        return super().get_ordering(request) if self.sees_codes(request) else ["-valid_until"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return [
            (name, options | {"fields": self._masked(request, options["fields"])})
            for name, options in super().get_fieldsets(request, obj)
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        # Earlier uses above a new limit remain valid.
        is_used = obj is not None and obj.uses > 0
        fields = ["uses", "max_uses_per_customer"] if is_used else ["uses"]
        return fields if self.sees_codes(request) else [*fields, "masked_code"]

    def _masked(self, request: HttpRequest, fields: Sequence[Any]) -> list[Any]:
        if self.sees_codes(request):
            return list(fields)
        return ["masked_code" if field == CODE_FIELD else field for field in fields]
