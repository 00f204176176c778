"""Restore drill: an encrypted backup of the demo chain, restored on an empty server.

`bin/drill` follows docs/operations.md step by step, each in a process of its own as an operator
would type it, and prints what each took. Both servers are embedded ones that write to disk; the
first is deleted before the second is made.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pyrage
from psycopg import sql

from ops.stores.ephemeral import ephemeral_stores

ROOT = Path(__file__).resolve().parent.parent.parent
COMMAND_SECONDS_MAX = 300
HISTORY_TICKETS = 20_000
# Not part of a backup; an operator stores it with the key.
KEPT_SECRETS = ("SECRET_KEY", "TICKET_SIGNING_KEY")

# No other variables of this machine: no bucket, payment provider or store of a real installation.
INHERITED = ("PATH", "HOME", "TMPDIR", "LANG")


class DrillFailed(Exception):
    """A step did not have the documented result."""


@dataclass
class Drill:
    seconds: dict[str, float] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    backup_bytes: int = 0

    def step(self, environment: dict[str, str], *words: str) -> str:
        began = time.monotonic()
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env={name: os.environ[name] for name in INHERITED if name in os.environ} | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS_MAX,
            check=False,
        )
        if done.returncode:
            raise DrillFailed(f"{' '.join(words)}: {done.stdout[-500:]}{done.stderr[-1500:]}")
        # Without what differs from run to run: files, times.
        name = " ".join(word for word in words if not re.search(r"[/:]|--yes|--since", word))
        self.seconds[name] = round(time.monotonic() - began, 1)
        self.said[name] = done.stdout
        return done.stdout


def take(folder: Path, *, with_demo: bool = True) -> Drill:
    """Run the drill. Raises DrillFailed if a step fails or the restored data differs."""
    drill = Drill()
    key = pyrage.x25519.Identity.generate()
    key_file = folder / "backup.key"
    key_file.write_text(str(key))
    with ephemeral_stores(durable=True) as old:
        kept = {name: old[name] for name in KEPT_SECRETS}
        environment = _plain(old) | {"BACKUP_PUBLIC_KEYS": str(key.to_public())}
        _fill(drill, environment, with_demo)
        drill.step(environment, "backup")
        [made] = (Path(old["LAYAR_DATA"]) / "backups").glob("layar-*.tar.age")
        file = made.rename(folder / made.name)
    drill.backup_bytes = file.stat().st_size
    with ephemeral_stores(durable=True) as empty:
        _drop_database(empty["DATABASE_URL"])
        environment = _plain(empty) | kept
        sealed = (str(file), "--key", str(key_file))
        drill.step(environment, "verify_backup", *sealed)
        drill.step(environment, "restore", *sealed, "--swap", "--dry-run")
        said = drill.step(environment, "restore", *sealed, "--swap", "--yes")
        drill.step(environment, "check_invariants")
        drill.step(environment, *_next_command(said))
    return drill


def _fill(drill: Drill, environment: dict[str, str], with_demo: bool) -> None:
    without_limit = environment | {"DATABASE_TIMEOUTS": "false"}
    drill.step(without_limit, "migrate", "--no-input")
    if with_demo:
        drill.step(without_limit, "seed_demo", "--history", str(HISTORY_TICKETS))


def _drop_database(url: str) -> None:
    """Drop the database that the embedded server created; an operator's new server has none."""
    server, _, name = url.rpartition("/")
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))


def _next_command(said: str) -> list[str]:
    """The command that ``restore`` prints at its end."""
    found = re.search(r"now: manage\.py (recover_payments --since \S+)", said)
    if found is None:
        raise DrillFailed(f"restore did not tell what comes next: {said[-500:]}")
    return found[1].split()


def _plain(stores: dict[str, str]) -> dict[str, str]:
    return stores | {"DJANGO_SETTINGS_MODULE": "cinema_project.settings", "LOG_LEVEL": "ERROR"}


def _told(drill: Drill) -> str:
    [verified] = [said for name, said in drill.said.items() if name.startswith("verify")]
    rows = [f"| `{name}` | {seconds:.1f} |" for name, seconds in drill.seconds.items()]
    restored = drill.said["restore --key --swap"].splitlines()
    clock = [line for line in restored if not re.search(r"s  table \d+ of", line)]
    return "\n".join(
        [
            f"{drill.backup_bytes / 1e6:.1f} MB encrypted; {verified.strip()}",
            *("", "| Step | Seconds, with the program's start |", "|---|---:|", *rows),
            *("", "The restore's own clock:", *clock),
        ]
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="bin/drill", description=__doc__)
    parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="layar-drill-") as folder:
        print(_told(take(Path(folder))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
