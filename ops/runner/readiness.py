"""Readiness checks: each returns the reason why a process is not ready, or None."""

from __future__ import annotations

import http.client
import socket
from pathlib import Path

from ops.stores.ports_and_secrets import LOOPBACK

RESPONSE_SECONDS = 5.0


def missing_health(port: int, host: str = "localhost") -> str | None:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=RESPONSE_SECONDS)
    try:
        connection.request("GET", "/healthz", headers={"Host": host})
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return "no response"
    finally:
        connection.close()
    return None if status == http.client.OK else f"/healthz answers {status}"


def missing_response(port: int) -> str | None:
    """Waits for a response: the socket accepts connections even while no process reads from it."""
    try:
        with socket.create_connection((LOOPBACK, port), RESPONSE_SECONDS) as connection:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            return None if connection.recv(5) == b"HTTP/" else "no response"
    except OSError:
        return "no response"


def missing_log_text(log: Path, offset: int, text: bytes) -> str | None:
    with log.open("rb") as stream:
        stream.seek(offset)
        return None if text in stream.read() else "its log does not say that it has started"
