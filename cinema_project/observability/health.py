"""Health endpoints for load balancers and supervisors: liveness and readiness."""

from __future__ import annotations

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse


def alive(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


def ready(request: HttpRequest) -> JsonResponse:
    """200 when the database answers. The cache is told, but the site works without it."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        database = True
    except DatabaseError:
        database = False
    cache.set("readyz", 1, timeout=5)
    facts = {"database": database, "cache": cache.get("readyz") == 1}
    return JsonResponse(facts, status=200 if database else 503)
