"""Parsing of seat ids sent by a browser; `seating.holds.transitions` interprets them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext_lazy as _

from core.errors import InvalidInput
from core.ids import is_row_id, row_id
from seating.errors import SeatUnknown

BODY_BYTES_MAX = 8 * 1024


class MalformedBody(InvalidInput):
    code = "malformed"
    status = 400
    message = _("The request could not be read.")


class BodyTooLarge(InvalidInput):
    code = "body_too_large"
    status = 413
    message = _("The request is too large.")


def is_script(request: HttpRequest) -> bool:
    """Whether the page's own script sent the request; otherwise it is a plain form."""
    return request.content_type == "application/json"


def submitted(request: HttpRequest) -> Mapping[str, Any]:
    """The fields of a script's JSON object or of a form. Raises MalformedBody, BodyTooLarge."""
    return _json_object(request) if is_script(request) else request.POST.dict()


def json_seat_ids(request: HttpRequest) -> list[int]:
    """``{"seats": [id, …]}``; empty where there is no ``seats``."""
    seats = _json_object(request).get("seats", [])
    if not isinstance(seats, list):
        raise MalformedBody()
    return [_seat_id(value) for value in seats]


def seat_ids_of(request: HttpRequest) -> list[int]:
    """The seat ids sent by a script or a plain form."""
    return json_seat_ids(request) if is_script(request) else form_seat_ids(request.POST)


def _json_object(request: HttpRequest) -> dict[str, Any]:
    size_bytes = row_id(request.META.get("CONTENT_LENGTH") or "0")
    if size_bytes is None:
        raise MalformedBody()
    if size_bytes > BODY_BYTES_MAX:
        raise BodyTooLarge()
    try:
        document: Any = orjson.loads(request.body or b"{}")
    except orjson.JSONDecodeError:
        raise MalformedBody() from None
    if not isinstance(document, dict):
        raise MalformedBody()
    return document


def form_seat_ids(form: QueryDict) -> list[int]:
    return [_seat_id(row_id(value)) for value in form.getlist("seats")]


def _seat_id(value: Any) -> int:
    if not is_row_id(value):
        raise SeatUnknown()
    return value
