"""What `bin/test` does once its packages are there: every check, each timed and named.

With arguments it is pytest alone, with these arguments. Without, the tests run twice: the
quick ones side by side, then those that race, drive a browser or stop whole runs, one by one.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from cinema_project.stores import throwaway_stores

ROOT = Path(__file__).resolve().parent.parent
PYTHON = [sys.executable, "-m"]
BIN = Path(sys.executable).parent
MANAGE = [sys.executable, "manage.py"]
SERIAL = "browser or concurrency or runtime"
PARALLEL_PROCESSES = 2
# pytest's last line, e.g. "3 failed, 120 passed in 61.20s (0:01:01)"
SUMMARY = re.compile(r"^=*\s*(?P<counts>\d+ \w+(, \d+ \w+)*) in [\d.]+s\b")


def main(arguments: list[str]) -> int:
    os.chdir(ROOT)
    began = time.monotonic()
    with throwaway_stores() as stores:
        environment = {**os.environ, **stores, "PYTHONUNBUFFERED": "1"}
        if arguments:
            return subprocess.run([*PYTHON, "pytest", *arguments], env=environment).returncode
        failed = [name for name, command in steps() if not passes(name, command, environment)]
        counts: Counter[str] = Counter()
        for name, command in test_steps():
            if not passes(name, command, environment, counts):
                failed.append(name)
    if failed:
        print(f"\nFailed: {', '.join(failed)}")
    told = ", ".join(f"{number} {word}" for word, number in counts.items()) or "no tests ran"
    print(f"\n{f' {told} in {time.monotonic() - began:.2f}s ':=^100}")
    return 1 if failed else 0


def steps() -> list[tuple[str, list[str]]]:
    templates = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("templates/**/*.html"))
    return [
        ("format", [*PYTHON, "ruff", "format", "--check", "."]),
        ("lint", [*PYTHON, "ruff", "check", "."]),
        ("templates", [str(BIN / "djade"), "--check", "--target-version", "5.2", *templates]),
        ("types", [*PYTHON, "mypy", "."]),
        ("imports", [str(BIN / "python"), "-c", LINT_IMPORTS]),
        ("migrations", [*MANAGE, "makemigrations", "--check", "--dry-run"]),
        ("configuration", [*MANAGE, "check", "--fail-level", "WARNING"]),
        ("deployment", ["env", *DEPLOYED, *MANAGE, "check", "--deploy", "--fail-level", "WARNING"]),
        # Where the advisory service cannot be reached it says so for each package, and passes.
        ("packages", [str(BIN / "pip-audit"), *AUDIT, "requirements.txt"]),
    ]


# As docs/operations.md has a server set up; the key is made up and long enough.
DEPLOYED = [
    "SITE_URL=https://tickets.example",
    "ALLOWED_HOSTS=tickets.example",
    "SECURE_SSL_REDIRECT=true",
    "SECURE_HSTS_SECONDS=31536000",
    "TRUSTED_PROXY_COUNT=1",
    "SECRET_KEY=" + "".join(chr(33 + number % 90) for number in range(7, 500, 7)),
]
AUDIT = ["--disable-pip", "--no-deps", "--progress-spinner", "off", "--requirement"]

# Its command has no module to run, and a moved .venv no working scripts.
LINT_IMPORTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"


def test_steps() -> list[tuple[str, list[str]]]:
    pytest = [*PYTHON, "pytest", "--quiet"]
    return [
        ("tests, side by side", [*pytest, "-n", str(PARALLEL_PROCESSES), "-m", f"not ({SERIAL})"]),
        ("tests, one by one", [*pytest, "-m", SERIAL]),
    ]


def passes(
    name: str,
    command: list[str],
    environment: dict[str, str],
    counts: Counter[str] | None = None,
) -> bool:
    """Runs one step; adds the numbers of pytest's last line to ``counts``, where given."""
    print(f"\n── {name}", flush=True)
    began = time.monotonic()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    for line in process.stdout or ():
        print(line, end="", flush=True)
        if counts is not None and (found := SUMMARY.match(line.strip())):
            for part in found["counts"].split(", "):
                number, _, word = part.partition(" ")
                counts[word] += int(number) if number.isdigit() else 0
    code = process.wait()
    good = code == 0
    print(f"── {name}: {'passed' if good else 'FAILED'} in {time.monotonic() - began:.1f} s")
    return good


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
