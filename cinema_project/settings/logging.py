"""Logging, metrics, error reports and traces."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any

from cinema_project.settings.env import DATA_DIR, env

LOG_FORMAT = env.str("LOG_FORMAT", "json")  # or "line", for reading in a terminal
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "shown": {"()": "cinema_project.observability.logging.formatter", "kind": LOG_FORMAT},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "shown"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {
        # Request lines contain payment references.
        "httpx": {"level": "WARNING"},
        # Django's handlers would write every record twice.
        "django": {"handlers": [], "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
        # 4xx responses are expected and frequent: only server errors are logged.
        "django.request": {"level": "ERROR"},
    },
}

# Metric files of this machine's processes (Prometheus multiprocess mode).
METRICS_DIR = env.str("METRICS_DIR", str(DATA_DIR / "metrics"))
with contextlib.suppress(OSError):  # without a writable folder each process counts alone
    Path(METRICS_DIR).mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", METRICS_DIR)
METRICS_TOKEN = env.str("METRICS_TOKEN", "")  # empty: only this machine may read /metrics

# Enabled by their addresses; each needs optional packages (docs/operations.md).
SENTRY_DSN = env.str("SENTRY_DSN", "")
SENTRY_ENVIRONMENT = env.str("SENTRY_ENVIRONMENT", "production")
SENTRY_TRACES_SAMPLE_RATE = env.float("SENTRY_TRACES_SAMPLE_RATE", 0.0)
OTEL_EXPORTER_OTLP_ENDPOINT = env.str("OTEL_EXPORTER_OTLP_ENDPOINT", "")
