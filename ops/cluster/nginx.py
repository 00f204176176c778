"""Finds nginx, writes its configuration and describes its process."""

from __future__ import annotations

import os
import resource
import shutil
import signal
from collections.abc import Mapping
from pathlib import Path

from ops.cluster.nginx_config import FILES_MAX, Site, render, render_main
from ops.stores.errors import ProgramMissing
from ops.stores.process_guard import Program

# Debian installs it outside an ordinary user's PATH.
SEARCH_PATH = "/usr/sbin:/usr/local/sbin:/opt/homebrew/bin"
ADVICE = (
    "bin/cluster needs nginx 1.22 or later, and found none. Install it (Debian and Ubuntu:"
    " apt install nginx-light), or name one: NGINX=/path/to/nginx bin/cluster"
)
MIME_TYPES = (Path("/etc/nginx/mime.types"), Path("/opt/homebrew/etc/nginx/mime.types"))


def find_nginx() -> Path:
    named = os.environ.get("NGINX")
    found = named or shutil.which("nginx") or shutil.which("nginx", path=SEARCH_PATH)
    if not found or not Path(found).exists():
        raise ProgramMissing(ADVICE)
    return Path(found)


def write_configuration(folder: Path, site: Site) -> Path:
    """Writes the configuration files into ``folder`` and returns the main file."""
    for part in ("cache", "run"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    site_file, main_file = folder / "layar.conf", folder / "nginx.conf"
    site_file.write_text(render(site))
    mime_types = next((path for path in MIME_TYPES if path.exists()), MIME_TYPES[0])
    main_file.write_text(
        render_main(
            run=folder / "run",
            site=site_file,
            mime_types=mime_types,
            error_log="stderr",
            # Worker processes must read a data folder that only root may read.
            user="root" if os.geteuid() == 0 else "",
            files=_files_max(),
        )
    )
    return main_file


def _files_max() -> int:
    """Limit of open files: the machine's hard limit, at most ``FILES_MAX``."""
    hard_limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return FILES_MAX if hard_limit == resource.RLIM_INFINITY else min(hard_limit, FILES_MAX)


def nginx_program(main_file: Path, log: Path, environment: Mapping[str, str], rank: int) -> Program:
    return Program(
        name="nginx",
        command=[
            str(find_nginx()),
            *("-p", str(main_file.parent), "-c", str(main_file), "-e", "stderr"),
        ],
        log=log,
        environment=environment,
        rank=rank,
        stop_signal=signal.SIGQUIT,  # graceful: finishes requests in progress
        stop_timeout_seconds=10.0,
    )
