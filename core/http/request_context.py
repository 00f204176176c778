"""Context of the current request or task: its id, and the booking that it concerns.

Log lines and ledger entries contain both, so that bookings and requests can be matched.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import MutableMapping
from contextvars import ContextVar
from typing import Any

REQUEST_ID_HEADER = "HTTP_X_REQUEST_ID"
OWN_ID_KEY = "layar.request_id"
REQUEST_ID = re.compile(r"[\w.:-]{8,64}", re.ASCII)  # clients may send any value
REQUEST_ID_BYTES = 16
ORIGIN_LENGTH_MAX = 64

_environ: ContextVar[MutableMapping[str, Any] | None] = ContextVar("environ", default=None)
_task_id: ContextVar[str] = ContextVar("task_id", default="")
_booking: ContextVar[str] = ContextVar("booking", default="")


def bind_request(environ: MutableMapping[str, Any] | None) -> None:
    """Begin a request; clears the booking of the previous one."""
    _environ.set(environ)
    _booking.set("")


def bind_task(task_id: str) -> None:
    """Begin a background task, or end it with an empty id."""
    _task_id.set(task_id)
    _booking.set("")


def bind_booking(code: str) -> None:
    """Set the booking that the rest of the request or task concerns."""
    _booking.set(code)


def booking_code() -> str:
    return _booking.get()


def request_id() -> str | None:
    """Id of the request that the current context handles; None outside a request.

    The load balancer's ``X-Request-ID``; without a valid one it is generated when first needed.
    """
    environ = _environ.get()
    if environ is None:
        return None
    known = environ.get(OWN_ID_KEY)
    if known is None:
        received = str(environ.get(REQUEST_ID_HEADER, ""))
        known = received if REQUEST_ID.fullmatch(received) else secrets.token_hex(REQUEST_ID_BYTES)
        environ[OWN_ID_KEY] = known
    return str(known)


def origin() -> str:
    """The task's id, else the request's, at most ORIGIN_LENGTH_MAX characters; else empty."""
    return (_task_id.get() or request_id() or "")[:ORIGIN_LENGTH_MAX]
