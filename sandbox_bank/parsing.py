"""Validation of merchants' requests. All functions raise Unprocessable."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest
from django.utils.dateparse import parse_datetime

from sandbox_bank.charges import ChargeOrder
from sandbox_bank.errors import Unprocessable

KEY_LENGTH_MAX = 128
AMOUNT_MAX = 10**12


def idempotency_key(request: HttpRequest) -> str:
    key = request.headers.get("Idempotency-Key", "")
    if not 0 < len(key) <= KEY_LENGTH_MAX:
        raise Unprocessable("bad_idempotency_key")
    return key


def json_object(request: HttpRequest) -> dict[str, Any]:
    try:
        document = json.loads(request.body)
    except (ValueError, RecursionError):
        raise Unprocessable("malformed_json") from None
    if not isinstance(document, dict):
        raise Unprocessable("malformed_json")
    return document


def query(request: HttpRequest, name: str) -> str:
    value = request.GET.get(name, "")
    if "\0" in value:
        raise Unprocessable(f"bad_{name}")
    return value


def amount(document: dict[str, Any]) -> int:
    value = document.get("amount")
    if type(value) is not int or not 0 < value <= AMOUNT_MAX:
        raise Unprocessable("bad_amount")
    return value


def charge_order(document: dict[str, Any]) -> ChargeOrder:
    currency = _text(document, "currency", 3)
    if len(currency) != 3 or not currency.isalpha() or not currency.isupper():
        raise Unprocessable("bad_currency")
    return_url = _text(document, "return_url", 500)
    if urlsplit(return_url).scheme not in ("http", "https"):
        raise Unprocessable("bad_return_url")
    return ChargeOrder(
        merchant=_text(document, "merchant", 80),
        merchant_reference=_text(document, "merchant_reference", 80),
        description=_text(document, "description", 200, required=False),
        amount=amount(document),
        currency=currency,
        return_url=return_url,
        expires_at=_time(document, "expires_at"),
    )


def _text(document: dict[str, Any], name: str, length_max: int, *, required: bool = True) -> str:
    value = document.get(name, "")
    if not isinstance(value, str) or len(value) > length_max or "\0" in value:
        raise Unprocessable(f"bad_{name}")
    if required and not value:
        raise Unprocessable(f"bad_{name}")
    return value


def _time(document: dict[str, Any], name: str) -> datetime:
    try:
        value = parse_datetime(_text(document, name, 40))
    except ValueError:
        value = None
    if value is None or value.tzinfo is None:
        raise Unprocessable(f"bad_{name}")
    return value
