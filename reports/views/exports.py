"""Export pages: list, progress, download and retry, for the owner only."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from reports.exports import jobs
from reports.exports.dispatch import queue_on_commit
from reports.exports.scope_serialization import is_still_allowed
from reports.exports.writers.registry import CONTENT_TYPES
from reports.figures import REPORTS
from reports.models import ExportJob, Format, JobState
from reports.views.reports import limit_files, readable_cinemas

JOBS_SHOWN_MAX = 50
FAILURES = {
    "right_lost": gettext_lazy("You cannot see the sales of every cinema in it any more."),
    "too_many_rows": gettext_lazy(
        "That is too many rows for one file. Please choose fewer days, or another format."
    ),
}
FAILURE = gettext_lazy("Something went wrong while it was being made. Please try it again.")


@require_safe
@never_cache
def listing(request: HttpRequest) -> HttpResponse:
    readable_cinemas(request)
    mine = ExportJob.objects.of(request.user)[:JOBS_SHOWN_MAX]
    context = {
        **admin.site.each_context(request),
        "title": _("Exports"),
        "jobs": [_shown(job) for job in mine],
    }
    return TemplateResponse(request, "reports/exports.html", context)


@require_safe
@never_cache
def detail(request: HttpRequest, job_id: UUID) -> HttpResponse:
    job = _mine(request, job_id)
    context = {
        **admin.site.each_context(request),
        "title": REPORTS[job.report].title,
        **_shown(job),
    }
    return TemplateResponse(request, "reports/export.html", context)


@require_safe
@never_cache
def state(request: HttpRequest, job_id: UUID) -> JsonResponse:
    """Progress, polled by the export page."""
    job = _mine(request, job_id)
    return JsonResponse(
        {
            "state": job.state,
            "words": str(JobState(job.state).label),
            "rows_done": job.rows_done,
            "rows_total": job.rows_total,
            "percent": job.percent,
        }
    )


@require_safe
@never_cache
def download(request: HttpRequest, job_id: UUID) -> FileResponse:
    """Download, while the owner may still see every cinema in the scope."""
    job = _mine(request, job_id)
    if job.state != JobState.DONE or not is_still_allowed(job.order, request.user):
        raise Http404
    file_format = Format(job.file_format)
    first, last = (job.order[name].replace("-", "") for name in ("first", "last"))
    try:
        file = jobs.storage().open(job.file_name)
    except FileNotFoundError:
        raise Http404 from None
    return FileResponse(
        file,
        as_attachment=True,
        filename=f"{job.report}-{first}-{last}.{job.file_format}",
        content_type=CONTENT_TYPES[file_format],
    )


@require_POST
@never_cache
def retry(request: HttpRequest, job_id: UUID) -> HttpResponse:
    _mine(request, job_id)
    limit_files(request)
    queue_on_commit(jobs.retry(job_id=job_id, user=request.user, at=timezone.now()))
    return redirect("reports:export", job_id)


def _mine(request: HttpRequest, job_id: UUID) -> ExportJob:
    """404 for objects of other users."""
    readable_cinemas(request)
    job = ExportJob.objects.of(request.user).filter(pk=job_id).first()
    if job is None:
        raise Http404
    return job


def _shown(job: ExportJob) -> dict[str, Any]:
    return {
        "job": job,
        "report": REPORTS[job.report],
        "format": Format(job.file_format).label,
        "state_url": reverse("reports:export_state", args=[job.pk]),
        "failure": FAILURES.get(job.failure_code, FAILURE) if job.failure_code else "",
        "can_retry": job.state in (JobState.FAILED, JobState.EXPIRED),
    }
