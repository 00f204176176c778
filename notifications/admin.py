"""Admin of messages and their delivery attempts, read-only."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import TabularInline
from unfold.decorators import action, display

from bookings.models import Booking
from bookings.office.booking_page import SECTIONS, Section
from movies.office.admin import CinemaOfficeAdmin, ReadOnlyAdmin
from movies.staff.permissions import Permission, has_permission
from notifications import delivery
from notifications.errors import MessageNotDead
from notifications.models import DeliveryAttempt, Message, MessageStatus

SEND_AGAIN_AT_ONCE_MAX = 100
MESSAGES_SHOWN_MAX = 100


class DeliveryAttemptInline(TabularInline):
    model = DeliveryAttempt
    fields = ["at", "succeeded", "detail"]
    extra = 0
    can_delete = False
    hide_title = True
    verbose_name_plural = _("delivery attempts")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True  # shown on its message's page, which checks permissions


def messages_of(_request: HttpRequest, booking: Booking) -> dict[str, Any]:
    """Messages of a booking with their delivery attempts, for the booking's page."""
    sent = booking.messages.prefetch_related("delivery_attempts").order_by("created_at")
    return {"messages": sent[:MESSAGES_SHOWN_MAX]}


SECTIONS.append(Section("admin/notifications/messages_of_booking.html", messages_of))


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin, CinemaOfficeAdmin):
    cinema_path = "booking__showtime__studio__cinema"
    list_display = [
        "created_at",
        "kind",
        "channel",
        "recipient",
        "booking",
        "shown_status",
        "attempts",
        "sent_at",
    ]
    list_display_links = ["created_at", "kind"]
    list_filter = ["status", "kind", "channel", "language"]
    list_select_related = ["booking"]
    search_fields = ["booking__code", "recipient"]
    search_help_text = _("Booking code or recipient")
    date_hierarchy = "created_at"
    exclude = ["event", "waitlist_event"]
    personal_fields = frozenset({"recipient"})
    inlines = [DeliveryAttemptInline]
    actions = ["send_again"]

    @display(
        description=_("status"),
        ordering="status",
        label={
            MessageStatus.WAITING.value: "info",
            MessageStatus.SENT.value: "success",
            MessageStatus.DEAD.value: "danger",
        },
    )
    def shown_status(self, message: Message) -> tuple[str, str]:
        return message.status, message.get_status_display()

    def has_send_again_permission(self, request: HttpRequest) -> bool:
        return has_permission(request.user, Permission.RESOLVE)

    @action(description=_("Send again what was given up"), permissions=["send_again"])
    def send_again(self, request: HttpRequest, queryset: models.QuerySet[Message]) -> None:
        at, queued, refused = timezone.now(), 0, 0
        chosen = self.with_permission(request, queryset, Permission.RESOLVE)
        self.say_left_out(request, chosen.count(), SEND_AGAIN_AT_ONCE_MAX)
        for message in chosen[:SEND_AGAIN_AT_ONCE_MAX]:
            try:
                delivery.send_again(message_id=message.pk, at=at)
                queued += 1
            except MessageNotDead:
                refused += 1
        if refused:
            self.message_user(request, str(MessageNotDead.message), messages.WARNING)
        self.message_user(
            request,
            ngettext("%d message will be sent again.", "%d messages will be sent again.", queued)
            % queued,
        )
