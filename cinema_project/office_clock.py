"""A page of the office goes by the clock of its reader's cinemas, and the next page by its own."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from cinema_project.middleware import ADMIN_PATH


class OfficeClockMiddleware:
    """Takes back the clock that ``movies.office.admin`` sets for a list or a form, once it is
    drawn."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(ADMIN_PATH):
            return self.get_response(request)
        with timezone.override(None):
            return self.get_response(request)
