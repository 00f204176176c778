"""The Python that the commands in bin/ choose, among stand-ins on a PATH of their own."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SETUP = ROOT / "bin" / "setup.sh"
RUNS_ON = "Layar runs on Python 3.11 to 3.14"


def install(folder: Path, name: str, version: str, *, venv: bool = True) -> Path:
    """Installs a stand-in that always prints its version."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\necho {version}\nexit {0 if venv else 1}\n")
    program.chmod(0o755)
    return program


def call(function: str, folder: Path, python: str = "") -> tuple[int, str, str]:
    done = subprocess.run(
        ["/bin/sh", "-euc", f'root="$0"; . {SETUP}; {function}', str(folder)],
        env={"PATH": str(folder / "bin"), "PYTHON": python},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def find(folder: Path, python: str = "") -> tuple[int, str, str]:
    return call("find_python", folder, python)


@pytest.mark.parametrize(
    ("installed", "chosen"),
    [
        ({"python3": "3.11"}, "python3"),
        ({"python": "3.12"}, "python"),
        ({"python3": "3.11", "python3.12": "3.12", "python3.14": "3.14"}, "python3.14"),
        ({"python3": "3.14", "python3.13": "3.13"}, "python3"),
        ({"python3": "3.15", "python3.15": "3.15", "python3.13": "3.13"}, "python3.13"),
        ({"python3": "3.10", "python": "2.7", "python3.11": "3.11"}, "python3.11"),
    ],
)
def test_newest_supported_python_is_chosen(
    tmp_path: Path, installed: dict[str, str], chosen: str
) -> None:
    programs = {name: install(tmp_path / "bin", name, of) for name, of in installed.items()}

    assert find(tmp_path) == (0, f"{programs[chosen]}\n", "")


def test_python_without_venv_is_chosen_only_where_no_other_is(tmp_path: Path) -> None:
    newer = install(tmp_path / "bin", "python3.14", "3.14", venv=False)
    alone = find(tmp_path)
    older = install(tmp_path / "bin", "python3", "3.11")

    assert (alone, find(tmp_path)) == ((0, f"{newer}\n", ""), (0, f"{older}\n", ""))


@pytest.mark.parametrize("installed", [{}, {"python3": "3.10"}, {"python3": "3.15"}])
def test_setup_without_supported_python_reports_it(
    tmp_path: Path, installed: dict[str, str]
) -> None:
    for name, version in installed.items():
        install(tmp_path / "bin", name, version)

    code, output, errors = find(tmp_path)

    assert (code, output) == (1, "")
    assert errors.splitlines()[0] == f"{RUNS_ON}, and found none of them."


def test_named_python_is_chosen_before_a_newer_one(tmp_path: Path) -> None:
    install(tmp_path / "bin", "python3.14", "3.14")
    named = install(tmp_path / "elsewhere", "python", "3.12")

    assert find(tmp_path, str(named)) == (0, f"{named}\n", "")


@pytest.mark.parametrize("version", ["2.7", "3.10", "3.15"])
def test_named_python_that_is_not_supported_is_refused(tmp_path: Path, version: str) -> None:
    install(tmp_path / "bin", "python3.14", "3.14")
    named = install(tmp_path / "elsewhere", "python", version)

    assert find(tmp_path, str(named)) == (
        *(1, ""),
        f"PYTHON names {named}, which is Python {version}.\n{RUNS_ON}.\n",
    )


def test_named_python_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    install(tmp_path / "bin", "python3.14", "3.14")

    assert find(tmp_path, "python9") == (
        *(1, ""),
        f"PYTHON names python9, which does not run.\n{RUNS_ON}.\n",
    )


def test_environment_made_with_another_python_than_the_named_one_is_kept(tmp_path: Path) -> None:
    install(tmp_path / ".venv" / "bin", "python", "3.11")
    named = install(tmp_path / "elsewhere", "python", "3.12")

    assert call("use_requirements requirements", tmp_path, str(named)) == (
        *(1, ""),
        "PYTHON names Python 3.12, but .venv was created with Python 3.11.\n"
        f"Remove {tmp_path}/.venv, then run this again.\n",
    )


def test_supported_versions_are_the_same_everywhere() -> None:
    supported = re.findall(r'^supported_pythons="(.*)"', SETUP.read_text(), re.MULTILINE)[0]
    oldest_first = sorted(supported.split())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    classifier = "Programming Language :: Python :: "
    documents = [ROOT / name for name in ("README.md", "SECURITY.md", "docs/operations.md")]

    assert [each for each in project["classifiers"] if each.startswith(classifier)] == [
        f"{classifier}{version}" for version in oldest_first
    ]
    assert project["requires-python"] == ">=3.11,<3.15"
    assert f"Python {oldest_first[0]} to {oldest_first[-1]}" == RUNS_ON.removeprefix(
        "Layar runs on "
    )
    assert {
        match for file in documents for match in re.findall(r"3\.\d+–3\.\d+", file.read_text())
    } == {f"{oldest_first[0]}–{oldest_first[-1]}"}
