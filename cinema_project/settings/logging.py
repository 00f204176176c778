"""Logs, figures about ourselves, and where errors and traces are sent to."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any

from cinema_project.settings.env import DATA_DIR, env

LOG_FORMAT = env.str("LOG_FORMAT", "json")  # or line, for a person at a terminal
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "shown": {"()": "cinema_project.observability.logging.formatter", "kind": LOG_FORMAT},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "shown"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {
        # Every address asked, references in it included, is too much.
        "httpx": {"level": "WARNING"},
        # Django's own handlers would write a second line in another form.
        "django": {"handlers": [], "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
        # A refusal is an answer, and a rush is full of them: only our own faults are news.
        "django.request": {"level": "ERROR"},
    },
}

# The processes of one machine add their figures up through files in this folder.
METRICS_DIR = env.str("METRICS_DIR", str(DATA_DIR / "metrics"))
with contextlib.suppress(OSError):  # where nothing can be written each process counts alone
    Path(METRICS_DIR).mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", METRICS_DIR)
METRICS_TOKEN = env.str("METRICS_TOKEN", "")  # empty: this machine alone may read /metrics

# Each is sent only where its address is given, and needs its package (docs/operations.md).
SENTRY_DSN = env.str("SENTRY_DSN", "")
SENTRY_ENVIRONMENT = env.str("SENTRY_ENVIRONMENT", "production")
SENTRY_TRACES_SAMPLE_RATE = env.float("SENTRY_TRACES_SAMPLE_RATE", 0.0)
OTEL_EXPORTER_OTLP_ENDPOINT = env.str("OTEL_EXPORTER_OTLP_ENDPOINT", "")
