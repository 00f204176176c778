"""Sentry and OpenTelemetry over real HTTP, each from a separate process."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys

import brotli
import pytest
from pytest_httpserver import HTTPServer

START_SECONDS_MAX = 60
DECODERS = {"br": brotli.decompress, "gzip": gzip.decompress}

FAIL = """
import cinema_project.wsgi, sentry_sdk
try:
    raise ValueError("no mail to kenari@example.org")
except ValueError as error:
    sentry_sdk.capture_exception(error)
sentry_sdk.flush(timeout=10)
"""
ASK = """
import cinema_project.wsgi
from django.test import Client
from opentelemetry import trace
print(Client().get("/healthz").status_code)
trace.get_tracer_provider().force_flush()
"""


def run(program: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "cinema_project.settings",
            "ALLOWED_HOSTS": "testserver",
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=START_SECONDS_MAX,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def collector(httpserver: HTTPServer) -> HTTPServer:
    httpserver.expect_request("/api/7/envelope/", method="POST").respond_with_json({})
    httpserver.expect_request("/v1/traces", method="POST").respond_with_data(b"")
    return httpserver


def test_error_is_sent_to_sentry_without_personal_data(collector: HTTPServer) -> None:
    run(FAIL, SENTRY_DSN=f"http://key@127.0.0.1:{collector.port}/7")

    sent = b"".join(
        DECODERS[request.headers["Content-Encoding"]](request.get_data())
        for request, _response in collector.log
    )
    assert (b"no mail to [email]" in sent, b"kenari" in sent) == (True, False)


def test_request_is_traced_by_opentelemetry(collector: HTTPServer) -> None:
    said = run(ASK, OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{collector.port}")

    sent = b"".join(request.get_data() for request, _response in collector.log)
    assert (said.strip(), b"layar-web" in sent, b"GET healthz" in sent) == ("200", True, True)


def test_nothing_is_sent_by_default(collector: HTTPServer) -> None:
    assert run("import cinema_project.wsgi, sys; print('sentry_sdk' in sys.modules)") == "False\n"
    assert collector.log == []
