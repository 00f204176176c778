"""The public pages."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import PageKind
from accounts.policies.pages import current


@require_safe
def page(request: HttpRequest, kind: str) -> HttpResponse:
    if kind not in PageKind.values:
        raise Http404
    return render(request, "accounts/page.html", {"page": current(PageKind(kind))})
