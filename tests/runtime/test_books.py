"""The ports that are chosen and the secrets that are made up, and how both are kept."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from ops.stores import ports_and_secrets
from ops.stores.errors import PortBusy, StartError
from ops.stores.ports_and_secrets import (
    PortBook,
    SecretBook,
    choose_port,
    is_port_free,
    write_private,
)
from tests.runtime.processes import mode

pytestmark = pytest.mark.runtime


def test_ports_are_kept_until_another_takes_them(tmp_path: Path) -> None:
    book = tmp_path / "ports.json"
    first = PortBook(book).port("postgres")
    again = PortBook(book).port("postgres")
    with socket.create_server(("127.0.0.1", first)):
        moved = PortBook(book).port("postgres")

    assert again == first
    assert moved != first
    assert json.loads(book.read_text()) == {"postgres": moved}


def test_ports_are_chosen_where_they_may_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ports_and_secrets, "_given", set())
    pairs = ((port, port + 1) for port in range(18_000, 29_999))
    first = next(one for one, other in pairs if is_port_free(one) and is_port_free(other))
    monkeypatch.setenv("LAYAR_PORTS", f"{first}-{first + 1}")

    assert PortBook(tmp_path / "ports.json", avoid={first}).port("valkey") == first + 1
    assert choose_port() == first
    with pytest.raises(PortBusy, match=f"no free port between {first} and {first + 1}"):
        choose_port()


@pytest.mark.parametrize("words", ["", "18000", "18000-", "3-2", "1-70000", "a-b"])
def test_range_of_ports_that_is_none_is_named(words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAYAR_PORTS", words)

    with pytest.raises(StartError) as refusal:
        choose_port()
    assert str(refusal.value) == (
        f"LAYAR_PORTS is {words!r}, which is no range of ports such as 18000-29999"
    )


def test_secrets_are_kept_and_private(tmp_path: Path) -> None:
    book = tmp_path / "secrets.json"
    first = SecretBook(book).password("valkey")

    assert SecretBook(book).password("valkey") == first
    assert SecretBook(book).password("postgres") != first
    assert len(first) == 43
    assert mode(book) == 0o600


def test_private_file_is_private_even_where_a_public_one_lay(tmp_path: Path) -> None:
    path = tmp_path / "environment"
    path.write_text("old")
    path.chmod(0o644)

    write_private(path, "new")

    assert (path.read_text(), mode(path)) == ("new", 0o600)
