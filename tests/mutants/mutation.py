"""A mutation: one change of the source that breaks a documented promise."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Mutation:
    """Replaces ``old``, which must occur exactly once in ``file``, by ``new``.

    At least one of ``tests`` (pytest node ids without parameters) must fail then.
    """

    name: str
    promise: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    def problems(self, root: Path = ROOT) -> list[str]:
        """Reasons why it does not apply to the tree; empty if it does."""
        path = root / self.file
        if not path.is_file():
            return [f"{self.name}: no file {self.file}"]
        found = path.read_text(encoding="utf-8").count(self.old)
        problems = [] if found == 1 else [f"{self.name}: old text occurs {found} times"]
        for test in self.tests:
            file, _separator, function = test.partition("::")
            source = root / file
            if not source.is_file() or f"def {function}(" not in source.read_text("utf-8"):
                problems.append(f"{self.name}: no test {test}")
        return problems

    def apply(self, root: Path) -> str:
        """Change the file below ``root``; returns its former text."""
        path = root / self.file
        before = path.read_text(encoding="utf-8")
        write_source(path, before.replace(self.old, self.new))
        return before


def write_source(path: Path, text: str) -> None:
    """Write a module without leaving bytecode of its former text."""
    path.write_text(text, encoding="utf-8")
    for compiled in (path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"):
        compiled.unlink()
