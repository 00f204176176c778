"""Restarts web, live and worker when a source file changes."""

from __future__ import annotations

import time
from pathlib import Path

from ops.runner.cli import ROOT
from ops.runner.run import POLL_SECONDS, Run
from ops.runner.services import Service

SCAN_SECONDS = 0.5
# bin/dev itself does not reload.
NOT_WATCHED = frozenset(("ops", "tests", "benchmarks"))
RELOADED = ("web", "live", "worker")


class SourceFiles:
    """Modification times of the Python files in the packages below ``root``."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._known = self._scan()

    def changed(self) -> list[str]:
        """Files that were changed, added or removed since the last call, relative to the root."""
        current, known = self._scan(), self._known
        self._known = current
        return sorted(
            str(path.relative_to(self.root))
            for path in current.keys() | known.keys()
            if current.get(path) != known.get(path)
        )

    def _scan(self) -> dict[Path, int]:
        found = {}
        for package in self.root.glob("*/__init__.py"):
            if package.parent.name in NOT_WATCHED:
                continue
            for path in package.parent.rglob("*.py"):
                try:
                    found[path] = path.stat().st_mtime_ns
                except OSError:
                    continue  # removed meanwhile
        return found


class DevRun(Run):
    replaces_hung_processes = False  # a debugger may have stopped them

    def services(self, environment: dict[str, str]) -> list[Service]:
        services = super().services(environment)
        self._reloaded = [
            service for service in services if service.program.name.partition("-")[0] in RELOADED
        ]
        return services

    def poll(self) -> None:
        self.console.print(
            f"Sent email and SMS: http://localhost:{self.arguments.port}/dev/messages/"
        )
        files, scanned_at = SourceFiles(ROOT), time.monotonic()
        while True:
            self.pause(POLL_SECONDS)
            self.supervisor.poll()
            if time.monotonic() - scanned_at >= SCAN_SECONDS:
                scanned_at = time.monotonic()
                if changed := files.changed():
                    self._reload(changed)

    def _reload(self, changed: list[str]) -> None:
        more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        names = ", ".join(service.program.name for service in self._reloaded)
        self.console.print(f"{changed[0]}{more} changed: restarting {names}")
        for service in self._reloaded:
            old = self.supervisor.child(service.program.name)
            self.process_group.stop(old)
            self.supervisor.replace(old, self.process_group.start(service.program))
