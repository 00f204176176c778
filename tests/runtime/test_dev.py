"""`bin/dev`: reload on code changes, and pages that show sent messages."""

from __future__ import annotations

import http.client
import os
from pathlib import Path

import pytest

from ops.dev.reload import SourceFiles
from ops.runner.cli import ROOT
from ops.stores.ports_and_secrets import choose_port
from tests.runtime.prepared import prepared
from tests.runtime.processes import wait_until
from tests.runtime.runs import Run, start

pytestmark = pytest.mark.runtime

EML = b"From: a@example.com\nTo: b@example.com\nSubject: Your tickets\n\nSeat A1\n"


def get(run: Run, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", run.port, timeout=120)
    try:
        connection.request("GET", path, headers={"Host": "localhost"})
        response = connection.getresponse()
        return response.status, response.read().decode()
    except OSError:
        return 0, ""
    finally:
        connection.close()


def test_changed_added_and_removed_files_are_found(tmp_path: Path) -> None:
    package = tmp_path / "app"
    package.mkdir()
    for name in ("__init__.py", "old.py", "views.py"):
        (package / name).write_text("")
    files = SourceFiles(tmp_path)
    unchanged = files.changed()
    (package / "old.py").unlink()
    (package / "new.py").write_text("")
    os.utime(package / "views.py", ns=(1, 1))

    assert (unchanged, files.changed()) == ([], ["app/new.py", "app/old.py", "app/views.py"])
    assert files.changed() == []


def test_dev_run_reloads_and_shows_messages(tmp_path: Path) -> None:
    run = start(
        prepared(tmp_path / "data"),
        "--no-demo",
        *("--live-port", str(choose_port())),
        module="ops.dev",
    )
    try:
        run.wait_until_ready()
        for folder, name, content in (
            ("mail", "1.eml", EML),
            ("sms", "2.txt", b"To: +62812\n\nYour code\n"),
        ):
            (run.data / folder).mkdir(exist_ok=True)
            (run.data / folder / name).write_bytes(content)
        status, listing = get(run, "/dev/messages/")
        pages = [get(run, f"/dev/messages/{name}") for name in ("mail/1.eml", "sms/2.txt")]
        other = [get(run, f"/dev/messages/{name}")[0] for name in ("mail/../x", "logs/web.log")]
        home = get(run, "/en/")[1]
        os.utime(ROOT / "cinema_project" / "media.py")
        run.wait_for("cinema_project/media.py changed: restarting web, live, worker")
        wait_until(lambda: get(run, "/healthz")[0] == 200)
    finally:
        run.interrupt()

    assert (status, "b@example.com: Your tickets" in listing, "To: +62812" in listing) == (
        200,
        True,
        True,
    )
    assert [
        (status, text in page)
        for (status, page), text in zip(pages, ("Seat A1", "Your code"), strict=True)
    ] == [(200, True)] * 2
    assert other == [404, 404]
    assert "djDebug" in home
