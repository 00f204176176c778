"""The CI workflow and the issue forms: valid, and in step with the commands in bin/."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
GITHUB = ROOT / ".github"
WORKFLOW = yaml.safe_load((GITHUB / "workflows" / "ci.yml").read_text())
SCHEMAS = {
    "workflows/ci.yml": "vendor.github-workflows",
    "ISSUE_TEMPLATE/config.yml": "vendor.github-issue-config",
    "ISSUE_TEMPLATE/bug_report.yml": "vendor.github-issue-forms",
    "ISSUE_TEMPLATE/feature_request.yml": "vendor.github-issue-forms",
}


def test_every_file_has_a_schema() -> None:
    files = {str(path.relative_to(GITHUB)) for path in GITHUB.rglob("*.yml")}
    assert files == set(SCHEMAS)


@pytest.mark.parametrize(("file", "schema"), SCHEMAS.items())
def test_file_is_valid(file: str, schema: str) -> None:
    program = Path(sys.executable).parent / "check-jsonschema"
    command = [str(program), "--builtin-schema", schema, str(GITHUB / file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "ok -- validation done\n")


def test_workflow_runs_every_check_on_every_supported_python() -> None:
    supported = re.search(
        r'^supported_pythons="([^"]+)"', (ROOT / "bin/setup.sh").read_text(), re.M
    )
    assert supported is not None
    job = WORKFLOW["jobs"]["test"]
    assert sorted(job["strategy"]["matrix"]["python"]) == sorted(supported[1].split())
    assert [step["run"] for step in job["steps"] if "run" in step] == [".ci/run"]


def test_actions_are_pinned_to_major_versions() -> None:
    actions = [step["uses"] for step in WORKFLOW["jobs"]["test"]["steps"] if "uses" in step]
    assert [action for action in actions if not re.fullmatch(r"actions/[\w-]+@v\d+", action)] == []
