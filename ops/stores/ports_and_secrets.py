"""Two JSON files in the data folder: chosen ports and generated secrets.

Both are kept, so that a second start uses the same addresses and keys, and sessions, tickets and
stored passwords stay valid.
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
EVERYWHERE = "0.0.0.0"  # noqa: S104  (chosen with --host)
# Below the ephemeral port range: an outgoing connection could take a stored port.
PORTS = "18000-29999"
PORTS_END = 65_536
PORT_ATTEMPTS_MAX = 200
# A process that was just killed may hold its port for a moment.
PORT_RELEASE_SECONDS = 3.0

# Ports already handed out, whose servers may not listen yet.
_assigned: set[int] = set()


def is_port_free(port: int, host: str = LOOPBACK) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def wait_for_free_port(port: int, host: str = LOOPBACK) -> bool:
    deadline = time.monotonic() + PORT_RELEASE_SECONDS
    while not is_port_free(port, host):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def choose_port(taken: Set[int] = frozenset()) -> int:
    """Returns a free port of ``LAYAR_PORTS`` that this process has not chosen before.

    Raises ``PortBusy`` if there is none.
    """
    first, last = _port_range(os.environ.get("LAYAR_PORTS", PORTS))
    for _ in range(PORT_ATTEMPTS_MAX):
        port = random.randint(first, last)  # noqa: S311  (any free port will do)
        if port not in taken | _assigned and is_port_free(port, EVERYWHERE):
            _assigned.add(port)
            return port
    raise PortBusy(f"no free port between {first} and {last}")


def _port_range(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{1,5})-(\d{1,5})", text)
    first, last = map(int, found.groups()) if found else (0, 0)
    if not 0 < first <= last < PORTS_END:
        raise StartError(f"LAYAR_PORTS is {text!r}, which is no range of ports such as {PORTS}")
    return first, last


def write_private(path: Path, text: str) -> None:
    """Replaces ``path`` atomically with a file that only its owner may read."""
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


class PortRegistry:
    """Ports by service name, stored in a JSON file; none of ``avoid``."""

    def __init__(self, path: Path, avoid: Set[int] = frozenset()) -> None:
        self.path, self.avoid = path, avoid

    def port(self, name: str, wanted: int | None = None) -> int:
        """Returns the stored port of ``name``, or a new one if there is none or it is taken."""
        ports = {key: int(value) for key, value in _read(self.path).items()}
        for candidate in (ports.get(name), wanted):
            if candidate is not None and wait_for_free_port(candidate, EVERYWHERE):
                return self._store(ports, name, candidate)
        return self._store(ports, name, choose_port({*ports.values(), *self.avoid}))

    def _store(self, ports: dict[str, int], name: str, port: int) -> int:
        if ports.get(name) != port:
            write_private(self.path, json.dumps({**ports, name: port}, indent=2) + "\n")
        return port


class SecretFile:
    """Passwords and keys by name, in a JSON file that only its owner may read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def password(self, name: str) -> str:
        return self._store(name, secrets.token_urlsafe(32))

    def key_base64(self, name: str) -> str:
        """Returns a 32-byte key, base64-encoded."""
        return self._store(name, base64.b64encode(secrets.token_bytes(32)).decode())

    def _store(self, name: str, fresh: str) -> str:
        known = _read(self.path)
        if name not in known:
            known[name] = fresh
            write_private(self.path, json.dumps(known, indent=2) + "\n")
        return str(known[name])
