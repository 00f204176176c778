"""Processes whose parent was killed while they started end too."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ops.runner.cli import ROOT
from ops.stores.process_guard import ending_with_parent

RUN_ARGUMENTS = "import subprocess, sys; subprocess.run(sys.argv[1:])"
FORKED = """
import sys
from cinema_project.supervision import end_with_parent
end_with_parent(int(sys.argv[1]))
print("runs on")
"""


@pytest.mark.parametrize(
    ("started_by", "is_started"), [([], True), ([sys.executable, "-c", RUN_ARGUMENTS], False)]
)
def test_program_starts_only_under_the_process_that_started_it(
    tmp_path: Path, started_by: list[str], is_started: bool
) -> None:
    file = tmp_path / "started"
    command = ending_with_parent(["touch", str(file)], signal.SIGTERM)

    subprocess.run([*started_by, *command], check=False)

    assert file.exists() == is_started


@pytest.mark.parametrize(
    ("has_ended", "result"), [(False, (0, "runs on\n")), (True, (-signal.SIGTERM, ""))]
)
def test_forked_process_ends_if_its_parent_has_ended(
    has_ended: bool, result: tuple[int, str]
) -> None:
    parent_id = 1 if has_ended else os.getpid()
    process = subprocess.run(
        [sys.executable, "-c", FORKED, str(parent_id)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (process.returncode, process.stdout) == result
