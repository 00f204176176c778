"""A browser's part of HTTP: one keep-alive connection to each server, cookies, redirects."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

import orjson

from benchmarks.load import HEAD_END, Connection, ServerSilent
from benchmarks.result import WrongAnswers

ACCEPT = "text/html,application/xhtml+xml"
REDIRECTS = (302, 303)
_COOKIE = re.compile(rb"(?im)^set-cookie: *([^=;\r\n]+)=([^;\r\n]*)")
_LOCATION = re.compile(rb"(?im)^location: *([^\r\n]+)")


@dataclass(frozen=True)
class Page:
    status: int
    body: bytes
    location: str


class Browser:
    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}
        self.connections: dict[int, Connection] = {}

    def get(self, path: str, *, expected: int = 200, port: int = 0) -> Page:
        return self._ask("GET", path, b"", {}, expected, port)

    def post_json(self, path: str, document: object, *, expected: int) -> Page:
        """As the page's script sends it."""
        headers = {
            "Content-Type": "application/json",
            "X-CSRFToken": self.cookies.get("csrftoken", ""),
        }
        return self._ask("POST", path, orjson.dumps(document), headers, expected, 0)

    def post_form(self, path: str, fields: dict[str, str], *, port: int = 0) -> Page:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        body = urlencode(fields | {"csrfmiddlewaretoken": self.cookies.get("csrftoken", "")})
        return self._ask("POST", path, body.encode(), headers, 303, port)

    def post_signed(self, path: str, body: bytes, headers: dict[str, str]) -> Page:
        """A request of the bank's server, not of the browser."""
        return self._ask("POST", path, body, headers, 200, 0)

    def close(self) -> None:
        for connection in self.connections.values():
            connection.socket.close()
        self.connections.clear()

    def cookie(self) -> str:
        """The Cookie header."""
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def _ask(
        self,
        method: str,
        path: str,
        body: bytes,
        headers: dict[str, str],
        expected: int,
        port: int,
    ) -> Page:
        port = port or self.port
        message = self._message(method, path, body, headers, port)
        try:
            connection, answer = self._exchange(port, message)
        except (ServerSilent, ConnectionError):  # closed after a pause: browsers open another
            self.connections.pop(port).socket.close()
            connection, answer = self._exchange(port, message)
        head = connection.received.partition(HEAD_END)[0]
        self.cookies |= {name.decode(): value.decode() for name, value in _COOKIE.findall(head)}
        location = _LOCATION.search(head)
        page = Page(*answer, location[1].decode() if location else "")
        if page.status != expected:
            raise WrongAnswers(f"{method} {path}: {page.status} {page.body[:500]!r}")
        return page

    def _exchange(self, port: int, message: bytes) -> tuple[Connection, tuple[int, bytes]]:
        if port not in self.connections:
            self.connections[port] = Connection(port)
        connection = self.connections[port]
        connection.send(message)
        while (answer := connection.answer()) is None:
            pass
        return connection, answer

    def _message(
        self, method: str, path: str, body: bytes, headers: dict[str, str], port: int
    ) -> bytes:
        lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", f"Accept: {ACCEPT}"]
        if self.cookies:
            lines.append(f"Cookie: {self.cookie()}")
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        return "\r\n".join(lines).encode() + HEAD_END + body


def path_of(address: str) -> str:
    """The path and query of an absolute or relative address."""
    parts = urlsplit(address)
    return parts.path + (f"?{parts.query}" if parts.query else "")
