"""Checks of JavaScript and CSS by `bin/test` on machines without a usable Node."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.frontend import frontend_steps


def test_frontend_checks_are_reported_as_not_run_without_node(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert frontend_steps() == (
        [],
        "all checks of JavaScript, CSS and OpenAPI: found no Node, need 20 or later",
    )


def test_frontend_checks_are_reported_as_not_run_with_an_old_node(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    node = tmp_path / "node"
    node.write_text("#!/bin/sh\necho v18.20.4\n")
    node.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert frontend_steps() == (
        [],
        "all checks of JavaScript, CSS and OpenAPI: found Node 18, need 20 or later",
    )
