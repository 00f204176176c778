"""An nginx with our configuration in front of two recording servers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.proxied import Server, nginx, servers


@pytest.fixture
def web() -> Iterator[list[Server]]:
    with servers(2) as started:
        yield started


@pytest.fixture
def port(tmp_path: Path, web: list[Server]) -> Iterator[int]:
    (tmp_path / "static" / "css").mkdir(parents=True)
    (tmp_path / "media").mkdir()
    addresses = [f"127.0.0.1:{server.port}" for server in web]
    with nginx(tmp_path, addresses, addresses[:1]) as port:
        yield port
