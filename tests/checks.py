"""Checks of `bin/test`, run after its packages are installed; each is timed and named.

`--fast` runs format, lint and the fast tests. With other arguments it is pytest alone, with these
arguments. Without, first the quick tests run side by side; then, at once because they mostly wait,
those that start and stop whole runs, those that race, and those in a browser.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

from ops.stores import ephemeral_stores
from tests.frontend import frontend_steps
from tests.runtime.prepared import FOLDER_VARIABLE
from tests.slow import SLOW

ROOT = Path(__file__).resolve().parent.parent
PYTHON = [sys.executable, "-m"]
BIN = Path(sys.executable).parent
MANAGE = [sys.executable, "manage.py"]
FAST = "--fast"
BROWSER = "browser"
# Run by commands of their own: what measures waiting and so needs an idle machine, and combinations
# beyond the usual ones.
SEPARATE = "timing or exhaustive"
RUNTIME, RACES = "runtime", "concurrency"
PARALLEL_PROCESSES = 2
# Steps that run at once must not choose the same port for what they start later.
QUICK = f"not ({BROWSER} or {RUNTIME} or {RACES})"
FIRST_PORT, PORTS_BY_STEP = 18_000, 4_000
# pytest's last line, e.g. "3 failed, 120 passed in 61.20s (0:01:01)"
SUMMARY = re.compile(r"^=*\s*(?P<counts>\d+ \w+(, \d+ \w+)*) in [\d.]+s\b")


Step = tuple[str, list[str]]  # a name, a command


def main(arguments: list[str]) -> int:
    os.chdir(ROOT)
    # Some hundred processes are started, and each would compile every module again.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    began = time.monotonic()
    with ephemeral_stores() as stores, tempfile.TemporaryDirectory(prefix="layar-") as prepared:
        os.environ[FOLDER_VARIABLE] = prepared
        environment = {**os.environ, **stores, "PYTHONUNBUFFERED": "1"}
        if arguments and arguments != [FAST]:
            return subprocess.run([*PYTHON, "pytest", *arguments], env=environment).returncode
        frontend, not_run = frontend_steps()
        if arguments:
            passed = all(passes(*step, environment) for step in [*frontend, *fast_steps()])
            print(f"\nNot run: {not_run}" if not_run else "")
            return 0 if passed else 1
        counts: Counter[str] = Counter()
        failed = failed_checks(frontend, environment)
        if not passes(*quick_tests(), environment, counts):
            failed.append(quick_tests()[0])
        failed += failed_together(tests_at_once(), environment, counts)
    if not_run:
        print(f"\nNot run: {not_run}")
    if failed:
        print(f"\nFailed: {', '.join(failed)}")
    reasons = ", ".join(f"{number} {word}" for word, number in counts.items()) or "no tests ran"
    print(f"\n{f' {reasons} in {time.monotonic() - began:.2f}s ':=^100}")
    return 1 if failed else 0


def failed_checks(frontend: list[Step], environment: dict[str, str]) -> list[str]:
    """Runs what is no test, and beside it, because most of it uses one processor, prepares what
    the tests copy. Returns the names of the failed checks.
    """
    preparation = subprocess.Popen([*PYTHON, "tests.preparation"], env=environment)
    failed = [
        name for name, command in [*steps(), *frontend] if not passes(name, command, environment)
    ]
    preparation.wait()  # if it failed, the tests report why
    return failed


def fast_steps() -> list[Step]:
    """Format, lint and the tests that are neither slow nor start processes of their own."""
    left_out = [f"--ignore={path}" for path in SLOW]
    pytest = [*PYTHON, "pytest", "--quiet", "-n", str(PARALLEL_PROCESSES), *left_out]
    marked = ["-m", QUICK]
    return [
        ("format", [*PYTHON, "ruff", "format", "--check", "."]),
        ("lint", [*PYTHON, "ruff", "check", "."]),
        ("fast tests", [*pytest, *marked]),
    ]


def steps() -> list[Step]:
    files = [*ROOT.glob("templates/**/*.html"), *ROOT.glob("sandbox_bank/templates/**/*.html")]
    templates = sorted(str(path.relative_to(ROOT)) for path in files)
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
        ("packages", [str(BIN / "pip-audit"), *AUDIT]),
    ]


# As docs/operations.md has a server set up; the key is made up and long enough.
DEPLOYED = [
    "SITE_URL=https://tickets.example",
    "ALLOWED_HOSTS=tickets.example",
    "SECURE_SSL_REDIRECT=true",
    "SECURE_HSTS_SECONDS=31536000",
    "TRUSTED_PROXY_COUNT=1",
    "BACKUP_PUBLIC_KEYS=age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p",
    "SECRET_KEY=" + "".join(chr(33 + number % 90) for number in range(7, 500, 7)),
]
AUDIT = [
    *("--disable-pip", "--no-deps", "--progress-spinner", "off"),
    *("--requirement", "requirements.txt"),
    *("--requirement", "requirements-aws.txt"),
    *("--requirement", "requirements-observe.txt"),
]

# Its command has no module to run, and a moved .venv no working scripts.
LINT_IMPORTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"


PYTEST = [*PYTHON, "pytest", "--quiet", "--durations=15", "--durations-min=5"]
SIDE_BY_SIDE = ["-n", str(PARALLEL_PROCESSES), "--dist", "worksteal"]


def quick_tests() -> Step:
    return "tests, side by side", [*PYTEST, *SIDE_BY_SIDE, "-m", QUICK]


def tests_at_once() -> list[Step]:
    races = f"{RACES} and not ({RUNTIME} or {BROWSER})"
    in_browser = f"{BROWSER} and not ({SEPARATE})"
    return [
        ("tests of whole runs", [*PYTEST, "-m", f"{RUNTIME} and not ({BROWSER} or {SEPARATE})"]),
        ("tests that race", [*PYTEST, "-m", races]),
        ("tests in a browser", [*PYTEST, *SIDE_BY_SIDE, "-m", in_browser]),
    ]


def failed_together(
    steps: list[Step], environment: dict[str, str], counts: Counter[str]
) -> list[str]:
    """Runs steps at once, all but the first on stores of their own, and reports them one by one.
    Returns the names of those that failed.
    """
    shown, *others = steps
    ports = [f"{first}-{first + PORTS_BY_STEP - 1}" for first in _first_ports(len(steps))]
    with ExitStack() as files:
        started = []
        for (name, command), own_ports in zip(others, ports[1:], strict=True):
            kept = files.enter_context(tempfile.TemporaryFile("w+"))
            apart = {**os.environ, "LAYAR_PORTS": own_ports}
            process = subprocess.Popen(command, env=apart, stdout=kept, text=True)
            started.append((name, process, kept))
        environment = {**environment, "LAYAR_PORTS": ports[0]}
        failed = [] if passes(*shown, environment, counts) else [shown[0]]
        for name, process, kept in started:
            good = process.wait() == 0
            kept.seek(0)
            print(f"\n── {name}")
            print_lines(kept, counts)
            print(f"── {name}: {'passed' if good else 'FAILED'}", flush=True)
            failed += [] if good else [name]
    return failed


def _first_ports(steps: int) -> range:
    return range(FIRST_PORT, FIRST_PORT + steps * PORTS_BY_STEP, PORTS_BY_STEP)


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
    print_lines(process.stdout or (), counts)
    code = process.wait()
    good = code == 0
    print(f"── {name}: {'passed' if good else 'FAILED'} in {time.monotonic() - began:.1f} s")
    return good


def print_lines(lines: Iterable[str], counts: Counter[str] | None) -> None:
    for line in lines:
        print(line, end="", flush=True)
        if counts is not None and (found := SUMMARY.match(line.strip())):
            for part in found["counts"].split(", "):
                number, _, word = part.partition(" ")
                counts[word] += int(number) if number.isdigit() else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
