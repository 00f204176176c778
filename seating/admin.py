"""Seats in the managers' office. State is read-only here: only `seating.holds` changes it."""

from __future__ import annotations

from django.contrib import admin

from core.audit import history_of
from movies.audit.admin import ChainHistoryAdmin
from movies.office.admin import CinemaOfficeAdmin, OfficeAdmin, ReadOnlyAdmin
from movies.staff.permissions import Permission
from seating.layouts import admin as layouts_admin  # noqa: F401  (for its pages)
from seating.models import CategorySurcharge, Hold, ShowtimeSeat
from seating.waiting_room import admin as waiting_room_admin  # noqa: F401  (for its pages)


@admin.register(CategorySurcharge)
class CategorySurchargeAdmin(OfficeAdmin):
    needs_recent_sign_in = True
    add_permission = change_permission = delete_permission = Permission.PRICES
    list_display = ["category", "surcharge_rupiah"]


@admin.register(Hold)
class HoldAdmin(ReadOnlyAdmin, CinemaOfficeAdmin):
    cinema_path = "showtime__studio__cinema"
    list_display = ["id", "showtime", "created_at", "expires_at", "ended_at", "end"]
    list_filter = ["end"]
    ordering = ["-created_at"]
    list_select_related = ["showtime__movie"]
    exclude = ["visitor"]  # a secret: it would let the reader act as the visitor


@admin.register(ShowtimeSeat)
class ShowtimeSeatAdmin(ReadOnlyAdmin, CinemaOfficeAdmin):
    cinema_path = "showtime__studio__cinema"
    list_display = ["showtime", "seat", "status", "price_rupiah", "held_until", "version"]
    list_filter = ["status"]
    list_select_related = ["showtime__movie", "seat"]
    raw_id_fields = ["showtime", "seat"]


@admin.register(history_of(CategorySurcharge))
class CategorySurchargeHistoryAdmin(ChainHistoryAdmin):
    named_by = ["category"]
