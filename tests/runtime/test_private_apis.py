"""Library versions that code relying on private APIs was written for.

Upgrading one of them means reading that code again, then changing the version here.
"""

from __future__ import annotations

from importlib.metadata import version

import pytest


@pytest.mark.parametrize(
    ("library", "expected", "used_by"),
    [
        ("django", "5.2", "cinema_project/fast_path.py: HttpHeaders._store"),
        ("granian", "2.8", "ops/servers/http.py: SocketHolder, MPServer._init_shared_socket"),
    ],
)
def test_library_has_the_version_its_private_api_was_read_in(
    library: str, expected: str, used_by: str
) -> None:
    assert f"{version(library)}.".startswith(f"{expected}."), used_by
