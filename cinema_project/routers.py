"""Which database a query goes to, where there is a replica."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.db.models import Model
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from core.db import replica

OFFICE_PATHS = ("/admin/", "/office/")
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class ReplicaRouter:
    """Everything to the primary, but what is read within ``core.db.replica.reading``."""

    def db_for_read(self, model: type[Model], **hints: Any) -> str | None:
        return replica.ALIAS if replica.is_read() else None

    def db_for_write(self, model: type[Model], **hints: Any) -> str | None:
        return None

    def allow_relation(self, one: Model, other: Model, **hints: Any) -> bool | None:
        return True  # they are rows of the same tables

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        return False if db == replica.ALIAS else None


class StaffWritesMiddleware:
    """What staff have changed they find in the next report, wherever it is read."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        if replica.ALIAS not in settings.DATABASES:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.method not in SAFE_METHODS and request.path_info.startswith(OFFICE_PATHS):
            replica.must_have_caught_up()
        return response
