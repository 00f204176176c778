"""Template context of every page; reads neither database nor session."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest

from core.http import request_context


def site(request: HttpRequest) -> dict[str, object]:
    return {
        "site_name": settings.SITE_NAME,
        "is_demo": settings.DEMO,
        "request_id": request_context.request_id(),
    }
