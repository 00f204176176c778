"""The drill of docs/operations.md on a chain without the demo: the restored server sells."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.backups import empty_server

pytestmark = pytest.mark.runtime


def test_encrypted_backup_is_restored_on_an_empty_server(tmp_path: Path) -> None:
    drill = empty_server.take(tmp_path, with_demo=False)

    assert list(drill.seconds) == [
        "migrate --no-input",
        "backup",
        "verify_backup --key",
        "restore --key --swap --dry-run",
        "restore --key --swap",
        "check_invariants",
        "recover_payments",
    ]
