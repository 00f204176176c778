"""Read-only admin of the bank's charges, refunds and webhooks."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from sandbox_bank.models import Charge, ChargeRefund, Webhook


class ReadOnlyAdmin(ModelAdmin):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Charge)
class ChargeAdmin(ReadOnlyAdmin):
    list_display = [
        "reference",
        "merchant",
        "amount",
        "currency",
        "status",
        "scenario",
        "created_at",
    ]
    list_filter = ["status", "scenario"]
    search_fields = ["reference", "merchant_reference"]


@admin.register(ChargeRefund)
class ChargeRefundAdmin(ReadOnlyAdmin):
    list_display = ["reference", "charge", "amount", "status", "failure_code", "created_at"]
    list_filter = ["status"]
    search_fields = ["reference", "charge__reference"]
    list_select_related = ["charge"]


@admin.register(Webhook)
class WebhookAdmin(ReadOnlyAdmin):
    list_display = ["event_id", "type", "charge", "attempts", "last_answer", "delivered_at"]
    list_filter = ["type"]
    search_fields = ["event_id", "charge__reference"]
    list_select_related = ["charge"]
