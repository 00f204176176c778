"""Observability of every process: logging, and optionally error reports and traces."""

from __future__ import annotations

import logging
from importlib import import_module
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from cinema_project.observability import logging as observability_logging

logger = logging.getLogger(__name__)

# Module and class of each instrumentation; see requirements-observe.txt.
INSTRUMENTATIONS = (
    ("opentelemetry.instrumentation.django", "DjangoInstrumentor"),
    ("opentelemetry.instrumentation.psycopg", "PsycopgInstrumentor"),
    ("opentelemetry.instrumentation.redis", "RedisInstrumentor"),
    ("opentelemetry.instrumentation.celery", "CeleryInstrumentor"),
)


def start(service: str) -> None:
    """Call once in each process. ``service``: web, live, worker or beat."""
    observability_logging.connect()
    try:
        if settings.SENTRY_DSN:
            _start_sentry(service)
        if settings.OTEL_EXPORTER_OTLP_ENDPOINT:
            _start_tracing(service)
    except ImportError as error:
        raise ImproperlyConfigured(
            "SENTRY_DSN and OTEL_EXPORTER_OTLP_ENDPOINT need packages that are optional. "
            "Install them with: pip install --require-hashes -r requirements-observe.txt"
        ) from error


def _start_sentry(service: str) -> None:
    sentry: Any = import_module("sentry_sdk")
    sentry.init(
        dsn=settings.SENTRY_DSN,
        environment=settings.SENTRY_ENVIRONMENT,
        traces_sample_rate=settings.SENTRY_TRACES_SAMPLE_RATE,
        send_default_pii=False,
        include_local_variables=False,  # local variables contain personal data
        max_request_body_size="never",
        before_send=without_personal_data,
    )
    sentry.set_tag("service", service)


def without_personal_data(event: Any, hint: Any) -> Any:
    """Masks error texts, which may quote a row, and drops cookies, bodies and users."""
    for raised in event.get("exception", {}).get("values", []):
        raised["value"] = observability_logging.without_personal_data(str(raised.get("value", "")))
    if isinstance(message := event.get("logentry"), dict):
        for key in ("message", "formatted"):
            if key in message:
                message[key] = observability_logging.without_personal_data(str(message[key]))
        message.pop("params", None)
    request = event.get("request", {})
    for name in ("cookies", "headers", "data", "query_string", "env"):
        request.pop(name, None)
    if "url" in request:
        request["url"] = observability_logging.without_personal_data(request["url"])
    event.pop("user", None)
    event.pop("breadcrumbs", None)
    return event


def _start_tracing(service: str) -> None:
    trace: Any = import_module("opentelemetry.trace")
    resources: Any = import_module("opentelemetry.sdk.resources")
    sdk: Any = import_module("opentelemetry.sdk.trace")
    export: Any = import_module("opentelemetry.sdk.trace.export")
    otlp: Any = import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter")
    resource = resources.Resource.create({"service.name": f"layar-{service}"})
    provider = sdk.TracerProvider(resource=resource)
    provider.add_span_processor(export.BatchSpanProcessor(otlp.OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    for module, name in INSTRUMENTATIONS:
        try:
            instrumentor: Any = getattr(import_module(module), name)
        except ImportError:
            logger.warning("no traces of %s: its package is not installed", module)
            continue
        instrumentor().instrument()
