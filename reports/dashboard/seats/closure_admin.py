"""Office pages of seat closures: what is still sold or held, and ending one."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import action

from movies.office.admin import CinemaOfficeAdmin, ReadOnlyAdmin
from movies.office.filters import OpenFilter
from movies.staff.permissions import Permission, has_permission
from reports.dashboard.seats import closures
from reports.errors import ClosureEnded
from reports.models import SeatClosure


class NotEndedFilter(OpenFilter):
    options = (("open", _("Closed now")), ("ended", _("Ended")))
    closing_field = "ended_at"


@admin.register(SeatClosure)
class SeatClosureAdmin(ReadOnlyAdmin, CinemaOfficeAdmin):
    cinema_path = "studio__cinema"
    change_form_outer_before_template = "reports/_closure.html"
    list_display = ["seats", "studio", "first_day", "last_day", "reason", "made_by", "ended_at"]
    list_filter = [NotEndedFilter, "studio__cinema"]
    list_select_related = ["studio__cinema", "made_by"]
    empty_text = _("No seat is closed. Close seats on the seat map of a showtime.")
    readonly_fields = ["seats"]
    fields = [
        "seats", "studio", "showtime", "first_day", "last_day", "reason", "made_by", "made_at",
        "ended_by", "ended_at",
    ]  # fmt: skip
    actions_detail = ["end"]

    @admin.display(description=_("seats"))
    def seats(self, closure: SeatClosure) -> str:
        return ", ".join(closure.labels)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        closure = self.get_object(request, object_id)
        shown: dict[str, Any] = {}
        if closure is not None and closure.ended_at is None:
            shown = {
                "taken": closures.taken_seats(closure, timezone.now()),
                "may_move": self.may(request, Permission.MOVE_MONEY, closure),
            }
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})

    def has_end_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return has_permission(request.user, Permission.PROGRAMME)

    @action(description=_("End…"), url_path="end", permissions=["end"])
    def end(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        closure = self.get_object(request, object_id)
        if closure is None:
            raise Http404
        if not self.may(request, Permission.PROGRAMME, closure):
            raise PermissionDenied
        if request.method == "POST":
            return self._ended(request, closure)
        context = {
            **self.admin_site.each_context(request),
            "title": _("End the closure"),
            "opts": self.opts,
            "closure": closure,
        }
        return TemplateResponse(request, "reports/end_closure.html", context)

    def _ended(self, request: HttpRequest, closure: SeatClosure) -> HttpResponseBase:
        user: Any = request.user
        try:
            freed = closures.end_closure(closure_id=closure.pk, by=user, at=timezone.now())
        except ClosureEnded as error:
            messages.error(request, str(error))
        else:
            text = ngettext(
                "%(count)d seat is on sale again.", "%(count)d seats are on sale again.", freed
            )
            messages.success(request, text % {"count": freed})
        return redirect("admin:reports_seatclosure_change", closure.pk)
