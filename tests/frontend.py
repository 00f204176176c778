"""Checks by Node's tools: Biome on JavaScript and CSS, unit tests on Node's own runner, and Redocly
and Spectral on the OpenAPI document.

They need Node with npm, which the site itself does not need; without them they are reported as not
run.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NODE_MAJOR_MIN = 20  # as in package.json
MODULES = ROOT / "node_modules"
STAMP = MODULES / ".lock-file-sha256"
NPM_CI = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1"]
# npm's error codes for a registry that cannot be reached, as on a machine that is offline.
UNREACHABLE = re.compile(r"\b(EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|ENOTFOUND|ETIMEDOUT)\b")

Step = tuple[str, list[str]]  # a name, a command


def frontend_steps() -> tuple[list[Step], str]:
    """Returns the steps that can run here, and the reason why others cannot; empty if all can.

    Installs the tools into node_modules if the lock file has changed since the last installation.
    """
    major = _node_major()
    if major < NODE_MAJOR_MIN:
        found = f"found Node {major}" if major else "found no Node"
        return (
            [],
            f"all checks of JavaScript, CSS and OpenAPI: {found}, need {NODE_MAJOR_MIN} or later",
        )
    # Named one by one: a folder as an argument has different meanings in versions of Node.
    tests = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("tests/js/**/*.test.js"))
    units = ("JavaScript unit tests", ["node", "--test", "--test-reporter=spec", *tests])
    steps, missing = _install()
    if missing:
        return [units], f"JavaScript and CSS format and lint, OpenAPI lint: {missing}"
    biome = ["node", str(MODULES / "@biomejs" / "biome" / "bin" / "biome")]
    form = ("JavaScript and CSS format and lint", [*biome, "check", "--error-on-warnings"])
    openapi = ("OpenAPI lint", [sys.executable, "-m", "tests.lint_openapi"])
    return [*steps, form, units, openapi], ""


def _node_major() -> int:
    if shutil.which("node") is None:
        return 0
    version = subprocess.run(["node", "--version"], capture_output=True, text=True).stdout
    found = re.match(r"v(\d+)\.", version)
    return int(found[1]) if found else 0


def _install() -> tuple[list[Step], str]:
    """Updates node_modules to the lock file. Returns the failed step if npm refused the lock file
    or a package, and the reason if nothing can be installed here."""
    wanted = hashlib.sha256((ROOT / "package-lock.json").read_bytes()).hexdigest()
    if STAMP.is_file() and STAMP.read_text() == wanted:
        return [], ""
    if shutil.which("npm") is None:
        return [], "found no npm"
    result = subprocess.run(NPM_CI, cwd=ROOT, capture_output=True, text=True)
    if result.returncode == 0:
        STAMP.write_text(wanted)
        return [], ""
    if UNREACHABLE.search(result.stderr):
        return [], "npm cannot reach its registry"
    return [("packages of package-lock.json", NPM_CI)], ""
