"""Layout editor in the admin: a text grid with a live drawing, stored by version."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from core.errors import LayarError, Refused, Unavailable
from core.ids import row_id
from movies.models import Studio
from movies.office.admin import CinemaOfficeAdmin, require_permission
from movies.staff.permissions import Permission, cinemas_with
from seating.layouts.changes import Published, Scope, SeatsStranded, publish_version
from seating.layouts.grid import GRID_CHARACTERS_MAX, LayoutInvalid, parse_grid, plain_grid
from seating.layouts.preview import legend, preview
from seating.models import Layout

NOTE_MAX = 200
VERSIONS_SHOWN_MAX = 30
EXAMPLE = "A  rrrr_rrrr\nB  rrrr_rrrr\n\nC  wa_r_cccc"


class LayoutForm(forms.Form):
    """``base``: the version that was current when editing started."""

    grid = forms.CharField(
        label=_("Grid"), max_length=GRID_CHARACTERS_MAX, strip=False, widget=forms.Textarea
    )
    base = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    note = forms.CharField(label=_("Note"), max_length=NOTE_MAX, required=False)
    scope = forms.ChoiceField(
        label=_("Showtimes already scheduled"),
        choices=[
            (Scope.NONE.value, _("keep their layout; only new showtimes get this one")),
            (Scope.EVERY.value, _("take this one, every future showtime, or nothing is published")),
            (
                Scope.POSSIBLE.value,
                _("take this one where no sold or held seat loses its place; others keep theirs"),
            ),
        ],
        initial=Scope.NONE.value,
        widget=forms.RadioSelect,
    )

    def clean_grid(self) -> str:
        grid: str = self.cleaned_data["grid"]
        try:
            parse_grid(grid)
        except LayoutInvalid as error:
            raise forms.ValidationError(_("Please correct the plan."), code=error.code) from None
        return plain_grid(grid)


@admin.register(Layout)
class LayoutAdmin(CinemaOfficeAdmin):
    """Read-only list of versions; new ones are created in the studio's editor."""

    cinema_path = "studio__cinema"
    add_permission = Permission.PROGRAMME
    list_display = ["studio", "version", "seat_count", "note", "published_by", "created_at"]
    list_filter = ["studio__cinema"]
    list_select_related = ["studio__cinema", "published_by"]

    @admin.display(description=_("seats"))
    def seat_count(self, layout: Layout) -> int:
        return layout.seats.count()

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("studio/<int:studio_id>/", view(self.editor), name="seating_layout_editor"),
            path(
                "studio/<int:studio_id>/preview/",
                view(require_POST(self.preview)),
                name="seating_layout_preview",
            ),
        ]
        return [*own, *super().get_urls()]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponseBase:
        require_permission(request, Permission.PROGRAMME)
        messages.info(request, _("Open the studio whose seat layout is to be changed."))
        return redirect("admin:movies_studio_changelist")

    def preview(self, request: HttpRequest, studio_id: int) -> HttpResponse:
        """Preview fragment for the current text; only the server parses grids."""
        studio = own_studio(request, studio_id)
        context = _shown(studio, request.POST.get("grid", "")[:GRID_CHARACTERS_MAX])
        return TemplateResponse(request, "admin/seating/_layout_preview.html", context)

    def editor(self, request: HttpRequest, studio_id: int) -> HttpResponseBase:
        studio = own_studio(request, studio_id)
        if request.method == "POST":
            return self._posted(request, studio)
        current = current_version(studio)
        chosen = _chosen_version(request, studio) or current
        form = LayoutForm(
            initial={
                "grid": chosen.grid if chosen else EXAMPLE,
                "base": current.version if current else 0,
                "scope": Scope.NONE.value,
            }
        )
        return self._page(request, studio, form, form["grid"].value(), chosen)

    def _posted(self, request: HttpRequest, studio: Studio) -> HttpResponseBase:
        """Publish, or show the form again with the conflicts."""
        typed = request.POST.copy()
        form = LayoutForm(typed)
        grid = request.POST.get("grid", "")[: 2 * GRID_CHARACTERS_MAX]
        if request.POST.get("step") == "preview" or not form.is_valid():
            return self._page(request, studio, form, grid)
        try:
            _demand_no_newer(studio, form.cleaned_data["base"])
            published = publish_version(
                studio=studio,
                grid=form.cleaned_data["grid"],
                by=request.user,
                note=form.cleaned_data["note"],
                scope=Scope(form.cleaned_data["scope"]),
                at=timezone.now(),
            )
        except SeatsStranded as error:
            form.add_error(None, str(SeatsStranded.message))
            for impact in error.impacts:
                form.add_error(None, str(impact))
        except LayarError as error:
            form.add_error(None, str(error))
            typed["base"] = str(error.facts.get("current", typed["base"]))
        except OperationalError:  # lock timeout; nothing was written
            form.add_error(None, str(Unavailable.message))
        else:
            _tell(request, published)
            return redirect("admin:seating_layout_editor", studio.pk)
        return self._page(request, studio, form, grid)

    def _page(
        self,
        request: HttpRequest,
        studio: Studio,
        form: LayoutForm,
        grid: str,
        chosen: Layout | None = None,
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            **_shown(studio, grid),
            "title": _("Seat layout of %(studio)s") % {"studio": studio},
            "opts": self.opts,
            "studio": studio,
            "form": form,
            "chosen": chosen,
            "legend": legend(),
            "versions": studio.layouts.select_related("published_by")[:VERSIONS_SHOWN_MAX],
        }
        return TemplateResponse(request, "admin/seating/layout_editor.html", context)


class NewerVersion(Refused):
    code = "newer_version"
    message = _(
        "Somebody published another version meanwhile. Compare with it below, then publish again."
    )


def own_studio(request: HttpRequest, studio_id: int) -> Studio:
    """The studio if the user may change it, otherwise 404. Raises PermissionDenied for users who
    may change none."""
    require_permission(request, Permission.PROGRAMME)
    cinemas = cinemas_with(request.user, Permission.PROGRAMME)
    studios = Studio.objects.filter(cinema__in=cinemas).select_related("cinema")
    studio = studios.filter(pk=studio_id).first()
    if studio is None:
        raise Http404
    return studio


def current_version(studio: Studio) -> Layout | None:
    return studio.layouts.order_by("-version").first()


def _chosen_version(request: HttpRequest, studio: Studio) -> Layout | None:
    version = request.GET.get("version", "")
    if not version:
        return None
    number = row_id(version)
    chosen = studio.layouts.filter(version=number).first() if number is not None else None
    if chosen is None:
        raise Http404
    return chosen


def _demand_no_newer(studio: Studio, base: int) -> None:
    current = current_version(studio)
    if current is not None and current.version != base:
        raise NewerVersion(current=current.version)


def _shown(studio: Studio, grid: str) -> dict[str, Any]:
    current = current_version(studio)
    return {"preview": preview(studio, grid, current, timezone.now()), "current": current}


def _tell(request: HttpRequest, published: Published) -> None:
    messages.success(
        request, _("Version %(version)d is published.") % {"version": published.layout.version}
    )
    taken = len(published.applied)
    if taken:
        text = ngettext(
            "%(count)d scheduled showtime has the new layout.",
            "%(count)d scheduled showtimes have the new layout.",
            taken,
        )
        messages.success(request, text % {"count": taken})
    for impact in published.kept:
        messages.warning(request, _("Keeps its layout: %(showtime)s") % {"showtime": impact})
