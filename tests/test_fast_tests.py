"""`bin/test --fast`: what it runs and leaves out."""

from __future__ import annotations

from tests.checks import ROOT, fast_steps
from tests.slow import SLOW


def test_slow_paths_exist() -> None:
    assert [path for path in SLOW if not (ROOT / path).exists()] == []


def test_fast_run_has_no_browser_concurrency_or_process_tests() -> None:
    names = [name for name, _command in fast_steps()]
    command = fast_steps()[-1][1]

    assert names == ["format", "lint", "fast tests"]
    assert command[command.index("-m", 3) + 1] == "not (browser or runtime or concurrency)"
    assert {"--ignore=tests/browser", "--ignore=tests/concurrency", "--ignore=tests/runtime"} < {
        *command
    }
