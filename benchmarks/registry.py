"""Registry of benchmarks, in the order of execution. A new one is one line here.

A benchmark is a function ``(logs, effort) -> list[Result]``; docs/performance.md contains its
docstring. It is imported only when it runs, because Django is not set up before.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from benchmarks.result import Effort, Result


@dataclass(frozen=True)
class Bench:
    """``where``: "module:function" within ``benchmarks``."""

    where: str
    needs_demo: bool = False

    @property
    def module(self) -> str:
        return f"benchmarks.{self.where.partition(':')[0]}"

    def is_here(self) -> bool:
        return find_spec(self.module) is not None

    def run(self, logs: Path, effort: Effort) -> list[Result]:
        return cast("list[Result]", self._function()(logs, effort))

    def meaning(self) -> str:
        return inspect.getdoc(self._function()) or ""

    def _function(self) -> Callable[..., Any]:
        function: Callable[..., Any] = getattr(
            import_module(self.module), self.where.partition(":")[2]
        )
        return function


_ALL = {
    "sale": Bench("sale.bench:sale", needs_demo=True),
    "messages": Bench("messages:messages"),
    "seat_page": Bench("pages:seat_page"),
    "checkout_page": Bench("pages:checkout_page"),
    "bookings_page": Bench("pages:bookings_page"),
    "holds": Bench("measures:holds"),
    "best_seats": Bench("best_seats:best_seats"),
    "contention": Bench("contention:contention"),
    "checkout": Bench("checkout:checkout"),
    "seat_map": Bench("measures:seat_map"),
    "catalogue": Bench("measures:catalogue", needs_demo=True),
    "nginx": Bench("nginx:nginx", needs_demo=True),
    "fanout": Bench("fanout:fanout"),
    "growth": Bench("growth:growth"),
    "start": Bench("start:start"),
}
BENCHES = {name: bench for name, bench in _ALL.items() if bench.is_here()}
