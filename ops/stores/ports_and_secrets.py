"""Two small books in the data folder: the ports we chose and the secrets we made up.

Both are written once and kept, so that a second start finds the same addresses, the same keys
and hence the same sessions, tickets and stored passwords.
"""

from __future__ import annotations

import base64
import json
import os
import random
import re
import secrets
import socket
import time
from collections.abc import Set
from pathlib import Path

from ops.stores.errors import PortBusy, StartError

LOOPBACK = "127.0.0.1"
EVERYWHERE = "0.0.0.0"  # noqa: S104  (the two public ports are meant to be reached)
# Below the range that systems hand to outgoing connections, which would take a kept port.
PORTS = "18000-29999"
PORTS_END = 65_536
PORT_ATTEMPTS_MAX = 200
# A process that was just killed may hold its port for a moment.
PORT_PATIENCE_SECONDS = 3.0

# Free until whoever it was given to listens there, which may take a while.
_given: set[int] = set()


def is_port_free(port: int, host: str = LOOPBACK) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def wait_for_free_port(port: int, host: str = LOOPBACK) -> bool:
    deadline = time.monotonic() + PORT_PATIENCE_SECONDS
    while not is_port_free(port, host):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def choose_port(taken: Set[int] = frozenset()) -> int:
    """A free port of ``LAYAR_PORTS`` that this process was not given before."""
    first, last = _port_range(os.environ.get("LAYAR_PORTS", PORTS))
    for _ in range(PORT_ATTEMPTS_MAX):
        port = random.randint(first, last)  # noqa: S311  (any free port will do)
        if port not in taken | _given and is_port_free(port, EVERYWHERE):
            _given.add(port)
            return port
    raise PortBusy(f"no free port between {first} and {last}")


def _port_range(words: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{1,5})-(\d{1,5})", words)
    first, last = map(int, found.groups()) if found else (0, 0)
    if not 0 < first <= last < PORTS_END:
        raise StartError(f"LAYAR_PORTS is {words!r}, which is no range of ports such as {PORTS}")
    return first, last


def write_private(path: Path, text: str) -> None:
    """Replaces ``path`` in one step; nobody but the owner may read it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(path)


def _read(path: Path) -> dict[str, str | int]:
    if not path.exists():
        return {}
    content: dict[str, str | int] = json.loads(path.read_text())
    return content


class PortBook:
    """Which port each process listens on, by name; none of ``avoid``."""

    def __init__(self, path: Path, avoid: Set[int] = frozenset()) -> None:
        self.path, self.avoid = path, avoid

    def port(self, name: str, wanted: int | None = None) -> int:
        """The port kept for ``name``; chosen anew when there is none or another holds it."""
        ports = {key: int(value) for key, value in _read(self.path).items()}
        for candidate in (ports.get(name), wanted):
            if candidate is not None and wait_for_free_port(candidate, EVERYWHERE):
                return self._keep(ports, name, candidate)
        return self._keep(ports, name, choose_port({*ports.values(), *self.avoid}))

    def _keep(self, ports: dict[str, int], name: str, port: int) -> int:
        if ports.get(name) != port:
            write_private(self.path, json.dumps({**ports, name: port}, indent=2) + "\n")
        return port


class SecretBook:
    """Passwords and keys by name, in a file that only its owner may read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def password(self, name: str) -> str:
        return self._keep(name, secrets.token_urlsafe(32))

    def key_base64(self, name: str) -> str:
        """A 32-byte key, in base64."""
        return self._keep(name, base64.b64encode(secrets.token_bytes(32)).decode())

    def _keep(self, name: str, fresh: str) -> str:
        known = _read(self.path)
        if name not in known:
            known[name] = fresh
            write_private(self.path, json.dumps(known, indent=2) + "\n")
        return str(known[name])
