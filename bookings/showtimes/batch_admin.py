"""Office pages of batches of showtimes, and undoing one."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import action

from bookings.errors.staff import BatchNotUndoable
from bookings.showtimes import undo
from movies.models import ScheduleBatch
from movies.office.admin import CinemaOfficeAdmin, ReadOnlyAdmin
from movies.staff.permissions import Permission, has_permission


@admin.register(ScheduleBatch)
class ScheduleBatchAdmin(ReadOnlyAdmin, CinemaOfficeAdmin):
    list_display = ["made_at", "kind", "cinema", "made_by", "showtimes_left", "undo_requested_at"]
    list_filter = ["kind", "cinema"]
    list_select_related = ["cinema", "made_by"]
    empty_text = _("No showtimes were imported, copied or added in bulk yet.")
    readonly_fields = ["showtimes_left"]
    fields = [
        "kind", "cinema", "made_by", "made_at", "showtimes_left", "undone_by",
        "undo_requested_at", "undo_finished_at",
    ]  # fmt: skip
    actions_detail = ["undo"]

    def get_queryset(self, request: HttpRequest) -> Any:
        live = Q(showtimes__cancelled_at__isnull=True)
        counts = {"all_count": Count("showtimes"), "live_count": Count("showtimes", live)}
        return super().get_queryset(request).annotate(**counts)

    @admin.display(description=_("showtimes"))
    def showtimes_left(self, batch: Any) -> str:
        return f"{batch.live_count} / {batch.all_count}"

    def has_undo_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return has_permission(request.user, Permission.PROGRAMME)

    @action(description=_("Undo…"), url_path="undo", permissions=["undo"])
    def undo(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Show what would be cancelled and what stays; a POST does it."""
        batch = self.get_object(request, object_id)
        if batch is None:
            raise Http404
        if not self.may(request, Permission.PROGRAMME, batch):
            raise PermissionDenied
        at = timezone.now()
        if request.method == "POST":
            return self._undone(request, batch)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Undo a batch of showtimes"),
            "opts": self.opts,
            "batch": batch,
            "survey": undo.survey(batch, at),
        }
        return TemplateResponse(request, "admin/bookings/undo_batch.html", context)

    def _undone(self, request: HttpRequest, batch: ScheduleBatch) -> HttpResponseBase:
        user: Any = request.user
        before = batch.showtimes.live().count()
        shown = set(request.POST.get("kept", "").split(","))
        kept_ids = [pk for pk in batch.showtimes.values_list("pk", flat=True) if str(pk) in shown]
        try:
            undo.request(batch_id=batch.pk, user=user, at=timezone.now(), kept_ids=kept_ids)
        except BatchNotUndoable as error:
            messages.error(request, str(error))
        else:
            undone = before - batch.showtimes.live().count()
            text = ngettext(
                "%(count)d showtime was undone.", "%(count)d showtimes were undone.", undone
            )
            messages.success(request, text % {"count": undone})
        return redirect("admin:movies_schedulebatch_change", batch.pk)
