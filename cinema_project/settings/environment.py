"""The environment, read once, and the project's folders."""

from __future__ import annotations

from pathlib import Path

from environs import Env

env = Env()

BASE_DIR = Path(__file__).resolve().parent.parent.parent
DATA_DIR = Path(env.str("LAYAR_DATA", str(BASE_DIR / "var"))).resolve()
# bin/run leaves its variables here, so that manage.py finds the same stores. Others stand.
env.read_env(str(DATA_DIR / "environment"), recurse=False)
