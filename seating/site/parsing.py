"""Parsing of seat ids sent by a browser; `seating.holds.transitions` interprets them."""

from __future__ import annotations

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


def json_seat_ids(request: HttpRequest) -> list[int]:
    """``{"seats": [id, …]}``; empty where there is no ``seats``."""
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
    seats = document.get("seats", [])
    if not isinstance(seats, list):
        raise MalformedBody()
    return [_seat_id(value) for value in seats]


def form_seat_ids(form: QueryDict) -> list[int]:
    return [_seat_id(row_id(value)) for value in form.getlist("seats")]


def _seat_id(value: Any) -> int:
    if not is_row_id(value):
        raise SeatUnknown()
    return value
