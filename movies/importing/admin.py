"""Office pages of imports: upload, preview of every row, confirmation."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from core.errors import LayarError
from movies.importing import templates, uploads
from movies.importing.films import FILMS
from movies.importing.plan import ImportKind, ImportOutdated, ImportPlan
from movies.importing.showtimes import SHOWTIMES
from movies.importing.spreadsheets import FILE_BYTES_MAX, ROWS_MAX, Sheet
from movies.models import Showtime
from movies.office.admin import is_for_chain
from movies.staff.permissions import Permission, has_permission

BATCHES = "admin:movies_schedulebatch_changelist"
CONFIRMED_FIELD = "upload"  # names the stored upload whose plan is to be applied
TITLES = {"films": _("Import films"), "showtimes": _("Import showtimes")}
TEMPLATES = {
    "csv": (templates.csv_template, templates.CSV_TYPE),
    "xlsx": (templates.xlsx_template, templates.XLSX_TYPE),
}


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("File"), widget=forms.FileInput(attrs={"accept": ".xlsx,.ods,.csv,.txt"})
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > FILE_BYTES_MAX:
            text = _("A file has at most %(limit)d MB.")
            raise forms.ValidationError(text % {"limit": FILE_BYTES_MAX // 1024**2})
        return file


class FilmImport:
    """Mixin for the list of films, which belong to the whole chain."""

    @action(description=_("Import"), url_path="import", permissions=["import_films"], icon="upload")
    def import_films(self, request: HttpRequest) -> HttpResponseBase:
        return ImportPage(self, request, FILMS).respond()

    def has_import_films_permission(self, request: HttpRequest) -> bool:
        return is_for_chain(request, Permission.PROGRAMME)


class ShowtimeImport:
    """Mixin for the list of showtimes; each row needs the permission at its cinema."""

    @action(
        description=_("Import"), url_path="import", permissions=["import_showtimes"], icon="upload"
    )
    def import_showtimes(self, request: HttpRequest) -> HttpResponseBase:
        return ImportPage(self, request, SHOWTIMES).respond()

    def requires_recent_sign_in(self, request: HttpRequest, view_name: str) -> bool:
        """A confirmed import changes prices; a file writes nothing and would be lost."""
        is_confirmed = view_name == "import_showtimes" and CONFIRMED_FIELD in request.POST
        return is_confirmed or super().requires_recent_sign_in(request, view_name)  # type: ignore[misc]

    def has_import_showtimes_permission(self, request: HttpRequest) -> bool:
        return has_permission(request.user, Permission.PROGRAMME)


class ImportPage:
    """One request to an import page; the stored upload is its state between requests."""

    def __init__(self, model_admin: Any, request: HttpRequest, kind: ImportKind) -> None:
        self.model_admin, self.request, self.kind = model_admin, request, kind
        self.at = timezone.now()
        self.user: Any = request.user

    def respond(self) -> HttpResponseBase:
        if self.request.method != "POST":
            wanted = self.request.GET.get("template", "")
            return self._template(wanted) if wanted in TEMPLATES else self._page(UploadForm())
        if CONFIRMED_FIELD in self.request.POST:
            return self._confirmed()
        return self._uploaded()

    def _uploaded(self) -> HttpResponse:
        form = UploadForm(self.request.POST, self.request.FILES)
        if not form.is_valid():
            return self._page(form)
        try:
            sheet = self.kind.read(form.cleaned_data["file"].read())
        except LayarError as error:
            form.add_error("file", str(error))
            return self._page(form)
        name = uploads.keep(self.kind.name, self.user.pk, sheet)
        return self._preview(self._plan(sheet), name)

    def _confirmed(self) -> HttpResponseBase:
        """Apply the plan that was shown, or show the plan again if it has changed."""
        name, take = self.request.POST[CONFIRMED_FIELD], self.request.POST.get("take", "")
        sheet = uploads.kept(self.kind.name, self.user.pk, name)
        if sheet is None:
            messages.warning(self.request, _("The upload is too old. Please upload it again."))
            return redirect(self.request.path)
        plan = self._plan(sheet)
        is_as_shown = plan.fingerprint == self.request.POST.get("fingerprint")
        if not is_as_shown or (plan.bad and take != "good"):
            return self._preview(plan, name, ImportOutdated() if not is_as_shown else None)
        try:
            created = self.kind.apply(plan.work, self.at, self.user)
        except LayarError as error:
            return self._preview(self._plan(sheet), name, error)
        uploads.discard(self.kind.name, self.user.pk)
        messages.success(
            self.request,
            _("Imported: %(create)d new, %(change)d changed, %(same)d as they were.") % plan.counts,
        )
        self._offer_undo(created or [])
        if plan.bad:
            text = _("Left out: rows %(rows)s.")
            rows = ", ".join(str(row.number) for row in plan.bad)
            messages.warning(self.request, text % {"rows": rows})
        opts = self.model_admin.opts
        return redirect(f"admin:{opts.app_label}_{opts.model_name}_changelist")

    def _offer_undo(self, created: list[Showtime]) -> None:
        """Link the batch of the new showtimes, or the list where they are of several cinemas."""
        batches = {showtime.batch_id for showtime in created}
        if not batches:
            return
        page = "admin:movies_schedulebatch_undo" if len(batches) == 1 else BATCHES
        link = reverse(page, args=[*batches] if len(batches) == 1 else [])
        text = format_html('<a href="{}">{}</a>', link, _("Undo this import…"))
        messages.info(self.request, text)

    def _plan(self, sheet: Sheet) -> ImportPlan:
        return self.kind.plan(sheet, self.user, self.at)

    def _preview(
        self, plan: ImportPlan, name: str, error: LayarError | None = None
    ) -> HttpResponse:
        return self._page(UploadForm(), plan=plan, upload=name, refusal=error)

    def _page(self, form: UploadForm, **context: Any) -> HttpResponse:
        shared = {
            **self.model_admin.admin_site.each_context(self.request),
            "title": TITLES[self.kind.name],
            "opts": self.model_admin.opts,
            "form": form,
            "kind": self.kind,
            "rows_max": ROWS_MAX,
            "megabytes_max": FILE_BYTES_MAX // 1024**2,
            "minutes_kept": uploads.KEPT_SECONDS // 60,
            **context,
        }
        return TemplateResponse(self.request, "admin/movies/import.html", shared)

    def _template(self, wanted: str) -> HttpResponse:
        build, content_type = TEMPLATES[wanted]
        response = HttpResponse(build(self.kind), content_type=content_type)
        response["Content-Disposition"] = f'attachment; filename="{self.kind.name}.{wanted}"'
        return response
