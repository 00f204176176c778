"""Every environment variable has an effect: another value changes a setting."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.test_env_example import REQUIRED, ROOT, assignments

# Settings that matter only beside others are changed beside them.
BASIS = REQUIRED | {
    "MEDIA_S3_BUCKET": "posters",
    "MEDIA_S3_PUBLIC_URL": "https://media.example",
    "BACKUP_S3_BUCKET": "backups",
    "DATABASE_PGBOUNCER_URL": "postgres://pooler/x",
    "DATABASE_REPLICA_URL": "postgres://replica/x",
}
# Where "the default, changed a little" is not a valid value.
VALUES = {
    "SECRET_KEY": "y",
    **dict.fromkeys(("DATABASE_URL", "DATABASE_REPLICA_URL"), "postgres://other/x"),
    "DATABASE_PGBOUNCER_URL": "postgres://other/x",
    **dict.fromkeys(("REDIS_URL", "CACHE_URL", "CHANNEL_LAYER_URL"), "redis://other/5"),
    "BROKER_URL": "redis://other/5",
    "MEDIA_S3_PUBLIC_URL": "https://other.example",
}
# Of no effect without another one.
BESIDE = {"DATABASE_PGBOUNCER_URL": {"DATABASE_POOLED": "true"}}
READ_ALL = """
import importlib, json, os, re, sys

def read():
    for name in [name for name in sys.modules if name.startswith("cinema_project.settings")]:
        del sys.modules[name]
    module = importlib.import_module("cinema_project.settings")
    settings = {name: repr(getattr(module, name)) for name in dir(module) if name.isupper()}
    return {name: re.sub(" at 0x[0-9a-f]+", "", value) for name, value in settings.items()}

usual, changed = read(), {}
for name, value, beside in json.load(sys.stdin):
    kept = dict(os.environ)
    os.environ.update(beside)
    before = read() if beside else usual
    os.environ[name] = value
    after = read()
    changed[name] = [setting for setting in after if after[setting] != before.get(setting)]
    os.environ.clear()
    os.environ.update(kept)
print(json.dumps(changed))
"""


def another(default: str) -> str:
    if default in ("true", "false"):
        return "false" if default == "true" else "true"
    return str(int(default) + 1) if default.isdigit() else f"{default}x"


def test_every_variable_changes_a_setting(tmp_path: Path) -> None:
    values = {match["name"]: another(match["value"]) for _number, match in assignments()} | VALUES
    finished = subprocess.run(
        [sys.executable, "-c", READ_ALL],
        env={"PATH": os.environ["PATH"], "LAYAR_DATA": str(tmp_path), **BASIS},
        cwd=ROOT,
        input=json.dumps([(*pair, BESIDE.get(pair[0], {})) for pair in values.items()]),
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr[-2000:]
    changed = json.loads(finished.stdout)

    assert (len(changed), [name for name in changed if not changed[name]]) == (len(values), [])
