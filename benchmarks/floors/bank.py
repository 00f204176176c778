"""A fake bank with negligible cost, so that only Layar's work is measured.

It implements the sandbox's protocol without storage: the returned reference encodes the request,
and every charge counts as paid. The address of the payment page contains the return address.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote, unquote
from uuid import UUID

import orjson

REFERENCE = re.compile(r"/charges/([0-9a-f]{32})-([0-9]+)")


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    if environ["PATH_INFO"].startswith("/pay/"):
        return _payment_page(environ, start_response)
    asked = REFERENCE.search(environ["PATH_INFO"])
    if asked:
        body = _charge(UUID(asked[1]), int(asked[2]), "succeeded")
    elif environ["REQUEST_METHOD"] == "POST":
        wanted = orjson.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        body = _charge(UUID(wanted["merchant_reference"]), wanted["amount"], "pending")
        body["expires_at"] = wanted["expires_at"]
        body["payment_url"] += f"?{quote(wanted['return_url'], safe='')}"
    else:
        body = {}
    document = orjson.dumps(body)
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(document)))]
    start_response("200 OK", headers)
    return [document]


def _charge(payment: UUID, amount_rupiah: int, status: str) -> dict[str, Any]:
    reference = f"{payment.hex}-{amount_rupiah}"
    return {
        "reference": reference,
        "merchant_reference": str(payment),
        "status": status,
        "amount": amount_rupiah,
        "currency": "IDR",
        "captured_amount": amount_rupiah,
        "captured_currency": "IDR",
        "payment_url": f"http://127.0.0.1/pay/{reference}/",
    }


def _payment_page(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    if environ["REQUEST_METHOD"] == "POST":
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        location = ("Location", unquote(environ["QUERY_STRING"]))
        start_response("303 See Other", [location, ("Content-Length", "0")])
        return [b""]
    start_response("200 OK", [("Content-Type", "text/html"), ("Content-Length", "2")])
    return [b"ok"]
