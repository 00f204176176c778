"""Waitlists in the managers' office, read-only: entries, their offers, and the log."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline

from bookings.models import WaitlistEntry, WaitlistEvent, WaitlistOffer
from movies.office.admin import CinemaOfficeAdmin, ReadOnlyAdmin
from movies.office.filters import OpenFilter
from movies.office.formatting import ReadableMoney


class _ReadOnlyInline(ReadableMoney, TabularInline):
    extra = 0
    can_delete = False
    hide_title = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True  # part of its entry, whose page checks the permission


class OfferInline(_ReadOnlyInline):
    model = WaitlistOffer
    fields = ["offered_at", "labels", "price_rupiah", "expires_at", "accepted_at", "end"]


class EventInline(_ReadOnlyInline):
    model = WaitlistEvent
    fields = ["at", "kind", "reason", "seats"]
    readonly_fields = ["reason", "seats"]
    verbose_name_plural = _("log")

    @admin.display(description=_("reason"))
    def reason(self, event: WaitlistEvent) -> str:
        return event.detail_label

    @admin.display(description=_("offered seats"))
    def seats(self, event: WaitlistEvent) -> str:
        """Of a skipped entry: the seats that went to a later one."""
        return event.offer.labels if event.offer else ""


class WaitingFilter(OpenFilter):
    options = (("open", _("Waiting")), ("closed", _("Finished")))
    closing_field = "ended_at"
    yields_to = ("end",)


@admin.register(WaitlistEntry)
class WaitlistEntryAdmin(ReadOnlyAdmin, CinemaOfficeAdmin):
    cinema_path = "waitlist__showtime__studio__cinema"
    list_display = [
        "created_at",
        "film",
        "email",
        "party_size",
        "waits_since",
        "ended_at",
        "end",
    ]
    list_display_links = ["created_at", "film"]
    list_filter = [WaitingFilter, "end", ("confirmed_at", admin.EmptyFieldListFilter)]
    empty_text = _("Nobody is waiting.")
    list_select_related = ["waitlist__showtime__movie"]
    search_fields = ["email", "waitlist__showtime__movie__title"]
    search_help_text = _("Recipient or film")
    date_hierarchy = "created_at"
    personal_fields = frozenset({"email", "phone", "user"})
    readonly_fields = ["film"]
    fields = [
        "film", "email", "phone", "user", "language", "party_size", "wheelchairs", "categories",
        "price_max_rupiah", "created_at", "confirmed_at", "waits_since", "ended_at", "end",
    ]  # fmt: skip
    inlines = [OfferInline, EventInline]

    @admin.display(description=_("showtime"), ordering="waitlist__showtime__starts_at")
    def film(self, entry: WaitlistEntry) -> str:
        return str(entry.showtime)
