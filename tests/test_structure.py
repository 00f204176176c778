"""The shape of the code base: packages named for concepts, small files, standard terms."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.retired_names import DEFINITIONS, MODULES

ROOT = Path(__file__).resolve().parent.parent
PRODUCT = [
    "accounts",
    "backups",
    "bookings",
    "cinema_project",
    "core",
    "demo",
    "movies",
    "notifications",
    "ops",
    "reports",
    "sandbox_bank",
    "seating",
]
MODULES_MAX = {name: 17 if name == "cinema_project" else 12 for name in PRODUCT}
FILE_LINES_MAX = 300
FUNCTION_LINES_MAX = 40
TEST_LINES_MAX = 65  # tests that compare whole results are long
SOURCES = (".py", ".js", ".css", ".html")


@cache
def _files() -> tuple[str, ...]:
    """Our own source files, without migrations and vendored files."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return tuple(
        name
        for name in listed.stdout.splitlines()
        if name.endswith(SOURCES)
        and "/migrations/" not in name
        and "/vendor/" not in name
        and (ROOT / name).is_file()
    )


def _parsed(prefix: str = "") -> Iterator[tuple[str, ast.Module]]:
    for name in _files():
        if name.endswith(".py") and name.startswith(prefix):
            yield name, ast.parse((ROOT / name).read_text())


def _defined(tree: ast.Module) -> Iterator[str]:
    """Names of functions and classes, and names assigned in a module or a class."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        if isinstance(node, ast.Module | ast.ClassDef):
            for statement in node.body:
                targets = []
                if isinstance(statement, ast.Assign):
                    targets = statement.targets
                elif isinstance(statement, ast.AnnAssign):
                    targets = [statement.target]
                yield from (each.id for each in targets if isinstance(each, ast.Name))


def test_no_retired_module_exists() -> None:
    retired = {f"{app}/{module}.py" for app, names in MODULES.items() for module in names.split()}
    assert sorted(retired.intersection(_files())) == []


def test_no_retired_identifier_exists() -> None:
    found = [
        f"{name}: {identifier}"
        for folder, names in DEFINITIONS.items()
        for top in ([folder] if folder else PRODUCT)
        for name, tree in _parsed(f"{top}/")
        for identifier in sorted(set(_defined(tree)).intersection(names.split()))
    ]
    assert found == []


def test_app_folders_show_their_concepts() -> None:
    counts = {
        app: sum(
            1
            for path in (ROOT / app).glob("*.py")
            if path.name != "__init__.py" and f"{app}/{path.name}" in _files()
        )
        for app in PRODUCT
    }
    assert {app: n for app, n in counts.items() if n > MODULES_MAX[app]} == {}


def test_files_are_short() -> None:
    lengths = {name: (ROOT / name).read_text().count("\n") for name in _files()}
    assert {name: n for name, n in lengths.items() if n > FILE_LINES_MAX} == {}


def test_functions_are_short() -> None:
    lengths = {
        f"{name}:{node.name}": node.end_lineno - node.lineno + 1
        for name, tree in _parsed()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno
    }
    assert {name: n for name, n in lengths.items() if n > _limit(name)} == {}


def _limit(name: str) -> int:
    is_test = name.startswith("tests/") and ":test_" in name
    return TEST_LINES_MAX if is_test else FUNCTION_LINES_MAX
