"""Data folders as a first start leaves them, made once and copied: a first start takes longer
than most tests.
"""

from __future__ import annotations

import atexit
import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from ops.stores.ports_and_secrets import choose_port
from tests.runtime.runs import Run, start

# Test processes that run at once share the folders through it.
FOLDER_VARIABLE = "LAYAR_PREPARED_FOLDERS"
# Of the first start itself. A copy has its own ports and logs, and starts with an empty Valkey.
LEFT_OUT = ("logs", "ports.json", "socket", "valkey")


def prepared(data: Path, *, demo: bool = False) -> Path:
    """Copies a prepared folder to ``data``, which must not exist, and returns ``data``."""
    with _locked():
        template = _template("demo") if demo else _template("empty")
    _copy(template, data)
    return data


def prepare() -> None:
    """Makes both folders before a test needs them."""
    with _locked():
        _template("demo")


@contextmanager
def running(*options: str, environment: dict[str, str] | None = None) -> Iterator[Run]:
    """A ready run of the demo chain on free ports; stopped and deleted afterwards."""
    with tempfile.TemporaryDirectory(prefix="layar-site-", ignore_cleanup_errors=True) as folder:
        live = ("--live-port", str(choose_port()))
        data = prepared(Path(folder) / "data", demo=True)
        run = start(data, *options, *live, environment=environment)
        try:
            run.wait_until_ready()
            yield run
        finally:
            run.interrupt()
            run.output_file.unlink()


def _template(name: str) -> Path:
    """Returns the folder ``name``, made by a real first start if it does not exist yet."""
    folder = _folder() / name
    if folder.exists():
        return folder
    draft = _folder() / f"{name}-draft"
    if name == "demo":
        _copy(_template("empty"), draft)
    run = start(draft, *(() if name == "demo" else ("--no-demo",)))
    run.wait_for("start web")
    run.interrupt()
    run.output_file.unlink()
    for left_out in LEFT_OUT:
        path = draft / left_out
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    return draft.rename(folder)


def _copy(source: Path, target: Path) -> None:
    # The database belongs to the server's user, which may be another; cp keeps the owners.
    subprocess.run(["cp", "-a", str(source), str(target)], check=True)


@contextmanager
def _locked() -> Iterator[None]:
    with (_folder() / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@cache
def _folder() -> Path:
    shared = os.environ.get(FOLDER_VARIABLE)
    if shared:
        return Path(shared)
    own = Path(tempfile.mkdtemp(prefix="layar-prepared-"))
    atexit.register(shutil.rmtree, own, ignore_errors=True)
    return own
