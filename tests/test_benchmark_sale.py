"""The parts of `bin/bench sale`: CPU times of processes, and sinks for email and SMS."""

from __future__ import annotations

import http.client
import os
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from benchmarks.sale.cpu import cpu_seconds
from ops.stores.ports_and_secrets import choose_port

WAIT_SECONDS_MAX = 20.0
BUSY_CHILD = """
import subprocess, sys
busy = "import time\\nwhile time.process_time() < 0.3: pass"
subprocess.run([sys.executable, "-c", busy], check=True)
print("done", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def sinks() -> Iterator[tuple[int, int]]:
    smtp_port, sms_port = choose_port(), choose_port()
    command = [sys.executable, "-m", "benchmarks.sale.sinks", str(smtp_port), str(sms_port)]
    with subprocess.Popen(command) as process:
        try:
            _wait_for(sms_port)
            yield smtp_port, sms_port
        finally:
            process.terminate()


def test_cpu_time_of_an_ended_child_counts_for_its_service() -> None:
    command = [sys.executable, "-c", BUSY_CHILD]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        taken = cpu_seconds({"service": parent.pid, "gone": -1})
        parent.communicate()

    # The kernel rounds each of four times down to a hundredth of a second.
    assert (taken["service"] >= 0.25, taken["gone"]) == (True, 0.0)


def test_sinks_accept_email_and_sms(sinks: tuple[int, int]) -> None:
    smtp_port, sms_port = sinks
    with smtplib.SMTP("127.0.0.1", smtp_port) as smtp:
        refused = smtp.sendmail("a@example.com", ["b@example.com"], b"Subject: x\r\n\r\n.\r\n")
    gateway = http.client.HTTPConnection("127.0.0.1", sms_port)
    gateway.request("POST", "/sms", b"x" * 1_000)

    assert (refused, gateway.getresponse().read()) == ({}, b'{"id": "accepted"}')
    gateway.close()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    while time.monotonic() < deadline:
        with suppress(OSError):
            http.client.HTTPConnection("127.0.0.1", port).connect()
            return
        os.sched_yield()
    raise TimeoutError(port)
