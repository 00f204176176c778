"""``python -m tests.upgrades.dump COMMIT``: writes the dump of a release, with its own code."""

from __future__ import annotations

import json
import lzma
import subprocess
import sys
import tempfile
from pathlib import Path

from ops.stores import binaries
from ops.stores.ephemeral import ephemeral_stores
from tests.upgrades.release import DUMP, FACTS, ROOT, extract, manage, trade, variables

OPTIONS = ("--format", "custom", "--compress", "0", "--no-owner", "--no-privileges")


def main(commit: str) -> None:
    command = ("git", "rev-parse", f"{commit}^{{commit}}")
    commit = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()
    with tempfile.TemporaryDirectory(prefix="layar-release-") as folder, ephemeral_stores() as own:
        tree = extract(commit, Path(folder) / "tree")
        environment = variables(own["DATABASE_URL"], own["REDIS_URL"], Path(folder) / "data")
        manage(tree, environment, "migrate", "--no-input", "--verbosity", "0")
        trade(tree, environment, "fill")
        FACTS.write_text(
            json.dumps({"commit": commit, **trade(tree, environment, "look")}, indent=1) + "\n"
        )
        pg_dump = str(binaries.postgres_folder() / "pg_dump")
        dump = subprocess.run(
            [pg_dump, *OPTIONS, own["DATABASE_URL"]], check=True, capture_output=True
        ).stdout
    DUMP.write_bytes(lzma.compress(dump))
    print(f"{DUMP}: {DUMP.stat().st_size // 1024} kB")


if __name__ == "__main__":
    main(sys.argv[1])
