"""Logging: one JSON document a line, without personal data.

Lines name their request or task, and the booking that it concerns (``core.http.request_context``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping
from contextvars import ContextVar
from typing import Any

import structlog
from celery.signals import setup_logging, task_postrun, task_prerun

from core.http import request_context

_task: ContextVar[Mapping[str, str] | None] = ContextVar("task", default=None)

# Patterns of personal data. A row in a database error's DETAIL may contain any.
PERSONAL = (
    (re.compile(r"[\w.+%'-]+@[\w-]+(\.[\w-]+)+"), "[email]"),
    (re.compile(r"(?<![\w.])(\+?62|0)[\s.-]?8(?:[\s.-]?\d){7,12}(?!\w)"), "[phone]"),
    (re.compile(r"DETAIL: .*"), "DETAIL: [row]"),
    (re.compile(r"/b/([A-Z0-9-]+)/[^/\s\"']+"), r"/b/\1/[token]"),
    (re.compile(r"/w/([a-f0-9-]+)/[^/\s\"']+"), r"/w/\1/[token]"),
    (
        re.compile(r"/accounts/(password/reset/key|confirm-email|invitation)/[^/\s\"']+"),
        r"/accounts/\1/[token]",
    ),
    (re.compile(r"/tickets/([\w-]+)/(?!qr\.svg)[^/\s\"']+"), r"/tickets/\1/[token]"),
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
    for pattern, replacement in PERSONAL:
        text = pattern.sub(replacement, text)
    return text


def _bind_task(task_id: str, task: Any, **_: Any) -> None:
    _task.set({"task": task.name, "task_id": task_id})
    request_context.bind_task(task_id)


def _unbind_task(**_: Any) -> None:
    _task.set(None)
    request_context.bind_task("")


def _add_context(
    logger: Any, name: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    if (known := request_context.request_id()) is not None:
        event["request_id"] = known
    if code := request_context.booking_code():
        event["booking"] = code
    event.update(_task.get() or {})
    return event


def _mask(logger: Any, name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key in TEXT_KEYS:
        if isinstance(text := event.get(key), str):
            event[key] = without_personal_data(text)
    return event


def formatter(kind: str) -> structlog.stdlib.ProcessorFormatter:
    """Formatter named by settings.LOGGING: ``json``, or ``line`` for reading in a terminal."""
    renderer = (
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
            _add_context,
            _mask,
            structlog.processors.EventRenamer("message") if kind == "json" else _unchanged,
            renderer,
        ],
    )


def _unchanged(logger: Any, name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return event


def connect() -> None:
    """Connects task signals; keeps Celery from configuring logging itself."""
    task_prerun.connect(_bind_task, dispatch_uid="logs")
    task_postrun.connect(_unbind_task, dispatch_uid="logs")
    setup_logging.connect(_keep_logging_configuration, dispatch_uid="logs")


def _keep_logging_configuration(**_: Any) -> None:
    """Django has configured logging; with a receiver connected the worker leaves it unchanged."""
