"""How a process shows that it is up: each answers what is missing, and nothing once all is well."""

from __future__ import annotations

import http.client
import socket
from pathlib import Path

from ops.stores.ports_and_secrets import LOOPBACK

ANSWER_SECONDS = 5.0


def missing_health(port: int, host: str = "localhost") -> str | None:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", "/healthz", headers={"Host": host})
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return "no answer"
    finally:
        connection.close()
    return None if status == http.client.OK else f"/healthz answers {status}"


def missing_answer(port: int) -> str | None:
    """Something must answer: the socket accepts even while no process reads from it."""
    try:
        with socket.create_connection((LOOPBACK, port), ANSWER_SECONDS) as connection:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            return None if connection.recv(5) == b"HTTP/" else "no answer"
    except OSError:
        return "no answer"


def missing_words(log: Path, offset: int, words: bytes) -> str | None:
    with log.open("rb") as stream:
        stream.seek(offset)
        return None if words in stream.read() else "it does not say that it has started"
