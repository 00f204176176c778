"""Console output: one line per step, with its duration."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

NAME_WIDTH = 34


class Console:
    """Prints to standard output; errors such as a closed pipe are ignored."""

    def __init__(self) -> None:
        self.current: str | None = None
        self._began = time.monotonic()
        self._step_began = self._began

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Prints the step and its duration. On failure it stays the current step for ``fail``."""
        self.begin(name)
        yield
        self.end()

    def begin(self, name: str) -> None:
        self.current = name
        self._step_began = time.monotonic()
        self.print(f"  {name + ' ':.<{NAME_WIDTH}} ", end="")

    def end(self) -> None:
        self.current = None
        self.print(f"{time.monotonic() - self._step_began:5.1f} s")

    def fail(self, message: str, log_name: str, lines: list[str]) -> None:
        if self.current:
            self.print("failed")
            self.print(f"\nThe step “{self.current}” failed: {message}")
        else:
            self.print(f"\n{message}")
        if log_name:
            self.print(f"Its log is {log_name}" + (", which ends with" if lines else ""))
        for line in lines:
            self.print(f"    {line}")

    @property
    def total_seconds(self) -> float:
        return time.monotonic() - self._began

    def print(self, text: str, end: str = "\n") -> None:
        try:
            sys.stdout.write(text + end)
            sys.stdout.flush()
        except (BrokenPipeError, OSError):
            return
