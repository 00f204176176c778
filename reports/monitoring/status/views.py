"""The status page, for staff of the whole chain."""

from __future__ import annotations

import platform
import sys
from datetime import datetime
from typing import Any

import django
import redis
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core import redis as core_redis
from movies.office.admin import is_for_chain
from movies.staff.permissions import Permission
from reports.monitoring.status import background_jobs, stores
from reports.monitoring.status.check import Check, Light


@require_safe
@never_cache
def status(request: HttpRequest) -> HttpResponse:
    if not is_for_chain(request, Permission.RESOLVE):
        raise PermissionDenied
    at = timezone.now()
    checks = all_checks(at)
    worst = max((check.light for check in checks), key=list(Light).index)
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": _("Status"),
        "checks": checks,
        "worst": worst,
        "headline": HEADLINES[worst](),
        "versions": _versions(),
    }
    return TemplateResponse(request, "reports/status.html", context)


def all_checks(at: datetime) -> list[Check]:
    """Independent checks: a failing one does not hide the others."""
    return [
        stores.database(),
        stores.migrations(),
        stores.cache(),
        stores.channel_layer(),
        stores.broker(),
        *background_jobs.heartbeats(at),
        background_jobs.outbox(at),
        background_jobs.alerts(),
        background_jobs.incidents(),
        background_jobs.backup(at),
        background_jobs.drill(at),
        background_jobs.sockets(),
        stores.disk(),
    ]


HEADLINES = {
    Light.GREEN: lambda: _("Everything is well."),
    Light.YELLOW: lambda: _("Everything works; something wants a look."),
    Light.RED: lambda: _("Something is broken."),
}


def _versions() -> list[tuple[str, str]]:
    return [
        ("Python", platform.python_version()),
        ("Django", django.get_version()),
        ("PostgreSQL", _postgres()),
        ("Redis", _redis()),
        (_("Server"), f"{platform.node()} · {sys.platform}"),
    ]


def _postgres() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SHOW server_version")
            return str(cursor.fetchone()[0])
    except DatabaseError:
        return "–"


def _redis() -> str:
    client = core_redis.client(
        settings.CACHE_URL,
        socket_timeout=stores.REDIS_TIMEOUT_SECONDS,
        socket_connect_timeout=stores.REDIS_TIMEOUT_SECONDS,
    )
    try:
        info = client.info("server")
        name = "Valkey" if "valkey_version" in info else ""
        return f"{name} {info.get('valkey_version') or info.get('redis_version', '')}".strip()
    except redis.RedisError:
        return "–"
    finally:
        client.close()
