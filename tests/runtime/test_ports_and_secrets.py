"""Chosen ports and generated secrets, and how they are stored."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from ops.stores import ports_and_secrets
from ops.stores.errors import PortBusy, StartError
from ops.stores.ports_and_secrets import (
    PortRegistry,
    SecretFile,
    choose_port,
    is_port_free,
    write_private,
)
from tests.runtime.processes import mode

pytestmark = pytest.mark.runtime


def test_port_is_kept_until_it_is_taken(tmp_path: Path) -> None:
    book = tmp_path / "ports.json"
    first = PortRegistry(book).port("postgres")
    again = PortRegistry(book).port("postgres")
    with socket.create_server(("127.0.0.1", first)):
        moved = PortRegistry(book).port("postgres")

    assert again == first
    assert moved != first
    assert json.loads(book.read_text()) == {"postgres": moved}


def test_ports_are_chosen_from_the_range(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports_and_secrets, "_assigned", set())
    pairs = ((port, port + 1) for port in range(18_000, 29_999))
    first = next(one for one, other in pairs if is_port_free(one) and is_port_free(other))
    monkeypatch.setenv("LAYAR_PORTS", f"{first}-{first + 1}")

    assert PortRegistry(tmp_path / "ports.json", avoid={first}).port("valkey") == first + 1
    assert choose_port() == first
    with pytest.raises(PortBusy, match=f"no free port between {first} and {first + 1}"):
        choose_port()


@pytest.mark.parametrize("words", ["", "18000", "18000-", "3-2", "1-70000", "a-b"])
def test_invalid_port_range_is_an_error(words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAYAR_PORTS", words)

    with pytest.raises(StartError) as refusal:
        choose_port()
    assert str(refusal.value) == (
        f"LAYAR_PORTS is {words!r}, which is no range of ports such as 18000-29999"
    )


def test_secrets_are_kept_and_private(tmp_path: Path) -> None:
    book = tmp_path / "secrets.json"
    first = SecretFile(book).password("valkey")

    assert SecretFile(book).password("valkey") == first
    assert SecretFile(book).password("postgres") != first
    assert len(first) == 43
    assert mode(book) == 0o600


def test_private_file_replaces_a_public_one(tmp_path: Path) -> None:
    path = tmp_path / "environment"
    path.write_text("old")
    path.chmod(0o644)

    write_private(path, "new")

    assert (path.read_text(), mode(path)) == ("new", 0o600)
