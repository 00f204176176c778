"""Logs: one JSON document a line, with the request or task it belongs to, and nobody's data.

The request's id is the one that the load balancer gave (``X-Request-ID``), so that a line here and
a line there can be laid side by side; without one it is made when the first line is written.
Nothing is done for a request that writes no line.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, MutableMapping
from contextvars import ContextVar
from typing import Any

import structlog
from celery.signals import setup_logging, task_postrun, task_prerun
from django.core.signals import request_started

REQUEST_ID_HEADER = "HTTP_X_REQUEST_ID"
OWN_ID_KEY = "layar.request_id"
REQUEST_ID = re.compile(r"[\w.:-]{8,64}", re.ASCII)  # what a stranger sends may be anything

_environ: ContextVar[MutableMapping[str, Any] | None] = ContextVar("environ", default=None)
_task: ContextVar[Mapping[str, str] | None] = ContextVar("task", default=None)

# What could be somebody's. Rows in a database's DETAIL may hold names, which no pattern finds.
PERSONAL = (
    (re.compile(r"[\w.+%'-]+@[\w-]+(\.[\w-]+)+"), "[email]"),
    (re.compile(r"(?<![\w.])(\+?62|0)[\s.-]?8(?:[\s.-]?\d){7,12}(?!\w)"), "[phone]"),
    (re.compile(r"DETAIL: .*"), "DETAIL: [row]"),
    (re.compile(r"/b/([A-Z0-9-]+)/[^/\s\"']+"), r"/b/\1/[token]"),
    (
        re.compile(r"/accounts/(password/reset/key|confirm-email)/[^/\s\"']+"),
        r"/accounts/\1/[token]",
    ),
    (re.compile(r"\bLYR\d\.[\w.=-]+"), "[ticket]"),
    (
        re.compile(
            r"(?i)(token|password|authorization)([\"'=: ]+)(?:(?:token|bearer|basic) +)?\S+"
        ),
        r"\1\2[secret]",
    ),
)
TEXT_KEYS = ("event", "exception", "stack")


def without_personal_data(text: str) -> str:
    for pattern, stand_in in PERSONAL:
        text = pattern.sub(stand_in, text)
    return text


def request_id() -> str | None:
    """Of the request that this thread is answering."""
    environ = _environ.get()
    if environ is None:
        return None
    known = environ.get(OWN_ID_KEY)
    if known is None:
        given = str(environ.get(REQUEST_ID_HEADER, ""))
        known = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        environ[OWN_ID_KEY] = known
    return str(known)


def _remember_request(sender: Any, environ: Any = None, **_: Any) -> None:
    _environ.set(environ)


def _remember_task(task_id: str, task: Any, **_: Any) -> None:
    _task.set({"task": task.name, "task_id": task_id})


def _forget_task(**_: Any) -> None:
    _task.set(None)


def _add_work(logger: Any, name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if (known := request_id()) is not None:
        event["request_id"] = known
    event.update(_task.get() or {})
    return event


def _hide(logger: Any, name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key in TEXT_KEYS:
        if isinstance(text := event.get(key), str):
            event[key] = without_personal_data(text)
    return event


def formatter(kind: str) -> structlog.stdlib.ProcessorFormatter:
    """``json``: for machines. ``line``: for a person at a terminal. Named by settings.LOGGING."""
    shown = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if kind == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            _add_work,
            _hide,
            structlog.processors.EventRenamer("message") if kind == "json" else _as_it_is,
            shown,
        ],
    )


def _as_it_is(logger: Any, name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return event


def connect() -> None:
    """Listen to requests and tasks; the worker logs as everybody does."""
    request_started.connect(_remember_request, dispatch_uid="logs")
    task_prerun.connect(_remember_task, dispatch_uid="logs")
    task_postrun.connect(_forget_task, dispatch_uid="logs")
    setup_logging.connect(_leave_logging_alone, dispatch_uid="logs")


def _leave_logging_alone(**_: Any) -> None:
    """Django has set it up already; with a receiver here the worker keeps its hands off."""
