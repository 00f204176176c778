"""Environment of the run's processes. Variables that the operator has set take precedence."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

from ops.runner.cli import ROOT, Arguments
from ops.runner.stores import Stores
from ops.stores import binaries
from ops.stores.ports_and_secrets import LOOPBACK, SecretFile, write_private
from ops.stores.postgres import Postgres

# TEST-NET address: connecting a UDP socket only selects the outgoing interface.
OUTSIDE_ADDRESS = ("192.0.2.1", 9)


def run_environment(
    arguments: Arguments,
    stores: Stores,
    secrets: SecretFile,
    *,
    live_port: int,
    sandbox_port: int,
) -> dict[str, str]:
    """Returns Layar's variables, with those that the operator has set."""
    defaults = {
        "DATABASE_URL": stores.postgres.url,
        "REDIS_URL": stores.valkey.url,
        "LAYAR_DATA": str(arguments.data),
        "SECRET_KEY": secrets.password("secret_key"),
        "TICKET_SIGNING_KEY": secrets.key_base64("ticket_signing_key"),
        "SITE_URL": f"http://localhost:{arguments.port}",
        "LIVE_PORT": str(live_port),
        "COMPRESS_RESPONSES": "true",
        "ALLOWED_HOSTS": ",".join(own_host_names()),
        "SANDBOX_ENABLED": "true",
        "SANDBOX_API_URL": f"http://{LOOPBACK}:{sandbox_port}/sandbox/api",
        "SANDBOX_WEBHOOK_SECRET": secrets.password("sandbox_webhook"),
        "WEBHOOK_URL": f"http://{LOOPBACK}:{arguments.port}",
        "DEMO": "true" if arguments.demo else "false",
        # The demo's back office can be tried with a password only; set it to require a second
        # factor.
        "STAFF_MFA_REQUIRED": "false" if arguments.demo else "true",
    }
    if isinstance(stores.postgres, Postgres):
        folder = binaries.postgres_folder()
        defaults |= {
            "PG_DUMP": str(folder / "pg_dump"),
            "PG_RESTORE": str(folder / "pg_restore"),
        }
    chosen = {name: os.environ.get(name, value) for name, value in defaults.items()}
    # Command-line options take precedence over the environment.
    chosen["LAYAR_DATA"] = str(arguments.data)
    if arguments.hold_seconds is not None:
        chosen["HOLD_SECONDS"] = str(arguments.hold_seconds)
    return chosen


def process_environment(chosen: Mapping[str, str]) -> dict[str, str]:
    search_path = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        **os.environ,
        **chosen,
        "PYTHONPATH": os.pathsep.join(search_path),
        "PYTHONUNBUFFERED": "1",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
    }


def write_environment(path: Path, chosen: Mapping[str, str]) -> None:
    """Writes the variables where manage.py reads them, in a format that a shell can source."""
    quoted = {name: "'" + value.replace("'", "'\\''") + "'" for name, value in chosen.items()}
    write_private(path, "".join(f"{name}={value}\n" for name, value in quoted.items()))


def own_host_names() -> list[str]:
    names = ["localhost", LOOPBACK, "[::1]", socket.gethostname(), socket.getfqdn()]
    try:
        found = socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)
        names += [str(address[4][0]) for address in found]
    except OSError:
        pass  # the host name does not resolve
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(OUTSIDE_ADDRESS)
            names.append(probe.getsockname()[0])
        except OSError:
            pass  # no network
    return list(dict.fromkeys(name for name in names if name))
