"""Office pages of refund requests: progress, left-out bookings, a second person's decision."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Count, Q, Sum
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.decorators import action

from accounts.auth.reauthentication import require_recent_sign_in
from bookings.errors import RefundNotDecidable
from bookings.models import RefundBatch, RefundBatchItem
from bookings.models.refund_batch import ItemStatus
from bookings.refunds.batches import batches
from bookings.refunds.batches.decision import details_of
from core.templatetags.money import rupiah
from movies.office.admin import CinemaOfficeAdmin, ReadOnlyAdmin
from movies.office.filters import OpenFilter
from movies.office.formatting import ReadableMoney
from movies.staff.permissions import Permission, has_permission


class ItemInline(ReadableMoney, TabularInline):
    model = RefundBatchItem
    fields = ["booking", "refund_rupiah", "status", "detail"]
    extra = 0
    can_delete = False
    hide_title = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True  # part of its batch, whose page checks the permission


class UnfinishedFilter(OpenFilter):
    closing_field = "finished_at"


@admin.register(RefundBatch)
class RefundBatchAdmin(ReadOnlyAdmin, CinemaOfficeAdmin):
    list_display = ["requested_at", "cinema", "reason", "requested_by", "progress", "state"]
    list_filter = [UnfinishedFilter, "cinema"]
    empty_text = _("No refund request is open.")
    list_select_related = ["cinema", "requested_by"]
    inlines = [ItemInline]
    readonly_fields = ["progress", "refunded", "state"]
    fields = [
        "cinema", "reason", "requested_by", "requested_at", "progress", "refunded", "state",
        "decided_by", "decided_at", "finished_at",
    ]  # fmt: skip
    actions_detail = ["approve", "reject"]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[RefundBatch]:
        done = Q(items__status=ItemStatus.DONE)
        rows: models.QuerySet[RefundBatch] = super().get_queryset(request)
        return rows.annotate(
            total_count=Count("items"),
            decided_count=Count("items", ~Q(items__status=ItemStatus.WAITING)),
            done_rupiah=Sum("items__refund_rupiah", filter=done, default=0),
            total_rupiah=Sum("items__refund_rupiah", default=0),
        )

    @admin.display(description=_("bookings decided"))
    def progress(self, batch: Any) -> str:
        return f"{batch.decided_count} / {batch.total_count}"

    @admin.display(description=_("refunds ordered"))
    def refunded(self, batch: Any) -> str:
        return f"{rupiah(batch.done_rupiah)} / {rupiah(batch.total_rupiah)}"

    @admin.display(description=_("state"))
    def state(self, batch: RefundBatch) -> str:
        if batch.is_rejected:
            return str(_("rejected"))
        if batch.is_waiting:
            return str(_("waits for a second person"))
        return str(_("finished") if batch.finished_at else _("in progress"))

    def has_decide_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return has_permission(request.user, Permission.MOVE_MONEY)

    @action(description=_("Approve the refund…"), url_path="approve", permissions=["decide"])
    @require_recent_sign_in
    def approve(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return self._decided(request, object_id, is_approved=True)

    @action(description=_("Reject the refund…"), url_path="reject", permissions=["decide"])
    @require_recent_sign_in
    def reject(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return self._decided(request, object_id, is_approved=False)

    def _decided(
        self, request: HttpRequest, object_id: str, *, is_approved: bool
    ) -> HttpResponseBase:
        batch = self.get_object(request, object_id)
        if batch is None:
            raise Http404
        if not self.may(request, Permission.MOVE_MONEY, batch):
            raise PermissionDenied
        if request.method == "POST":
            user: Any = request.user
            at = timezone.now()
            try:
                decided = batches.decide(
                    batch_id=batch.pk, user=user, is_approved=is_approved, at=at
                )
                if batch.total_count <= batches.AT_ONCE_MAX:
                    batches.work_on(decided, at)
                messages.success(request, _("Your decision is recorded."))
            except RefundNotDecidable as error:
                messages.error(request, str(error))
            return redirect("admin:bookings_refundbatch_change", batch.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Approve the refund") if is_approved else _("Reject the refund"),
            "opts": self.opts,
            "batch": batch,
            "details": details_of(batch, batch.items.select_related("booking")),
            "sees_people": self.sees_people(request, batch),
        }
        return TemplateResponse(request, "admin/bookings/decide_refund.html", context)
