"""Domain errors as HTTP responses: the only place that maps them.

The API and the site's own scripts get a problem document (RFC 9457, application/problem+json):
``{"type", "title", "status", "detail", "code", …facts}``, where ``code`` is stable and ``detail``
is in the reader's language. Field errors add ``errors: [{"field", "code", "detail"}]``. Pages
render the same message in the site's layout.
"""

from __future__ import annotations

import logging
import math
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import DataError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.errors import PROBLEM_CONTENT_TYPE as PROBLEM_CONTENT_TYPE
from core.errors import InvalidInput, LayarError, NotFound, TooLarge, TooManyRequests, Unavailable

logger = logging.getLogger(__name__)

# Phrases of statuses in the reader's language; others stay as HTTP names them.
TITLES = {
    400: _("Bad Request"),
    401: _("Unauthorized"),
    403: _("Forbidden"),
    404: _("Not Found"),
    405: _("Method Not Allowed"),
    406: _("Not Acceptable"),
    409: _("Conflict"),
    411: _("Length Required"),
    413: _("Content Too Large"),
    415: _("Unsupported Media Type"),
    422: _("Unprocessable Content"),
    429: _("Too Many Requests"),
    503: _("Service Unavailable"),
}


def document(error: LayarError) -> dict[str, Any]:
    return {
        "type": "about:blank",
        "title": str(TITLES.get(error.status) or HTTPStatus(error.status).phrase),
        "status": error.status,
        "code": error.code,
        "detail": str(error),
        **error.facts,
    }


def headers(error: LayarError) -> dict[str, str]:
    default = 1 if isinstance(error, Unavailable) else None
    seconds = getattr(error, "retry_after_seconds", default)
    return {} if seconds is None else {"Retry-After": str(seconds)}


def site_answer(request: HttpRequest, error: LayarError) -> HttpResponse:
    """The error page, or the problem document if the client accepts JSON."""
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse(
            document(error),
            status=error.status,
            headers=headers(error),
            content_type=PROBLEM_CONTENT_TYPE,
        )
    response = render(request, "problem.html", {"error": error}, status=error.status)
    for name, value in headers(error).items():
        response.headers[name] = value
    return response


def field_errors(detail: Any, field: str = "") -> list[dict[str, str]]:
    """Flatten DRF's nested validation detail: one entry per message, with a dotted path."""
    if isinstance(detail, dict):
        return [
            entry
            for name, nested in detail.items()
            for entry in field_errors(nested, f"{field}.{name}" if field else str(name))
        ]
    if isinstance(detail, list):
        return [
            entry
            for index, nested in enumerate(detail)
            for entry in field_errors(
                nested, f"{field}.{index}" if isinstance(nested, dict) else field
            )
        ]
    return [
        {"field": field, "code": str(getattr(detail, "code", "invalid")), "detail": str(detail)}
    ]


def as_layar_error(error: Exception) -> LayarError | None:
    """The LayarError for ``error``; None for an unexpected one, which must surface as a 500."""
    if isinstance(error, LayarError):
        return error
    if isinstance(error, Http404):
        return NotFound()
    if isinstance(error, RequestDataTooBig):
        return TooLarge()
    if isinstance(error, OperationalError):
        # A lock or statement timeout: nothing was written, so a retry is safe.
        logger.warning("store did not answer in time: %s", type(error.__cause__).__name__)
        return Unavailable()
    if isinstance(error, DataError):
        # A NUL byte or a number out of range: no such row can exist.
        logger.warning("request holds a value that the database cannot store", exc_info=error)
        return InvalidInput()
    if isinstance(error, exceptions.ValidationError):
        return InvalidInput(errors=field_errors(error.detail))
    if isinstance(error, exceptions.Throttled):
        return TooManyRequests(math.ceil(getattr(error, "wait", None) or 1))
    if isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if isinstance(error, exceptions.APIException):
        refusal = LayarError(str(error.detail))
        refusal.code = str(getattr(error.detail, "code", error.default_code))
        refusal.status = error.status_code
        return refusal
    return None


def api_exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    refusal = as_layar_error(error)
    if refusal is None:
        return None
    response_headers = headers(refusal)
    if challenge := getattr(error, "auth_header", None):
        response_headers["WWW-Authenticate"] = challenge
    return Response(
        document(refusal),
        status=refusal.status,
        headers=response_headers,
        content_type=PROBLEM_CONTENT_TYPE,
    )


@extend_schema(exclude=True)
class UnknownAddress(APIView):
    """404 as a problem document for unknown API routes, whatever the method."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise NotFound()
