"""Preparation between stores and services: static files, migrations, demo chain.

Runs in one separate process, because on a second run starting Django costs more than any step.
Reports each step through the pipe PREPARE_PIPE, one JSON object a line.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import django

PIPE_VARIABLE = "PREPARE_PIPE"


def main(with_demo: bool) -> None:
    with os.fdopen(int(os.environ[PIPE_VARIABLE]), "w", buffering=1) as pipe:

        def report(**fact: str) -> None:
            pipe.write(json.dumps(fact) + "\n")

        def step(name: str, work: Callable[[], object]) -> None:
            report(begin=name)
            work()
            report(end=name)

        _remove_metrics_of_last_run()
        step("load Django", _load_django)
        step("collect static files", _collect_static)
        step("migrate the database", lambda: _command("migrate", "--no-input"))
        if with_demo:
            step("load the demo chain", lambda: _command("seed_demo"))
            report(say=_command("seed_demo", "--show-signins"))


def _remove_metrics_of_last_run() -> None:
    """Deletes the per-process metric files of processes that no longer run."""
    data = os.environ.get("LAYAR_DATA", "")
    folder = Path(os.environ.get("METRICS_DIR", "") or Path(data) / "metrics")
    for file in folder.glob("*_*.db"):
        file.unlink(missing_ok=True)


def _load_django() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cinema_project.settings")
    # Migrations and seeding may take longer than a request.
    os.environ["DATABASE_TIMEOUTS"] = "false"
    django.setup()


def _command(name: str, *options: str) -> str:
    from django.core.management import call_command

    output = io.StringIO()
    try:
        call_command(name, *options, stdout=output)
    finally:
        sys.stdout.write(output.getvalue())
    return output.getvalue()


def _collect_static() -> None:
    from django.conf import settings

    if settings.DEBUG:  # bin/dev serves them from their source folders
        return
    # Compression takes seconds and is skipped while no file has changed.
    stamp = Path(settings.STATIC_ROOT) / ".collected"
    fingerprint = _static_fingerprint()
    if stamp.exists() and stamp.read_text() == fingerprint:
        return
    stamp.unlink(missing_ok=True)
    # Files of pages we never serve (ReDoc, the browsable API) are left out.
    # Files of an earlier release stay: open pages and its running processes still use them.
    _command("collectstatic", "--no-input", "--ignore", "redoc", "--ignore", "rest_framework")
    stamp.write_text(fingerprint)


def _static_fingerprint() -> str:
    from django.conf import settings
    from django.contrib.staticfiles.finders import get_finders

    digest = hashlib.sha256(repr(settings.STORAGES["staticfiles"]).encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            facts = os.stat(storage.path(name))
            digest.update(f"{name} {facts.st_size} {facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()


if __name__ == "__main__":
    main(with_demo="--demo" in sys.argv[1:])
