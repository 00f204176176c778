"""Checks of JavaScript and CSS: formatter and linter (Biome), and unit tests on Node's own runner.

They need Node with npm, which the site itself does not: without them they are reported as not run.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
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
    """Returns the steps that can run here, and what cannot and why; empty if everything can.

    Installs Biome into node_modules if the lock file has changed since the last installation.
    """
    major = _node_major()
    if major < NODE_MAJOR_MIN:
        found = f"found Node {major}" if major else "found no Node"
        return [], f"all checks of JavaScript and CSS: {found}, need {NODE_MAJOR_MIN} or later"
    # Named one by one: what a folder means as an argument differs between versions of Node.
    tests = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("tests/js/**/*.test.js"))
    units = ("JavaScript unit tests", ["node", "--test", "--test-reporter=spec", *tests])
    steps, missing = _install()
    if missing:
        return [units], f"JavaScript and CSS format and lint: {missing}"
    biome = ["node", str(MODULES / "@biomejs" / "biome" / "bin" / "biome")]
    form = ("JavaScript and CSS format and lint", [*biome, "check", "--error-on-warnings"])
    return [*steps, form, units], ""


def _node_major() -> int:
    if shutil.which("node") is None:
        return 0
    version = subprocess.run(["node", "--version"], capture_output=True, text=True).stdout
    found = re.match(r"v(\d+)\.", version)
    return int(found[1]) if found else 0


def _install() -> tuple[list[Step], str]:
    """Brings node_modules up to the lock file. Returns the step that failed, if npm refused the
    lock file or a package, and why nothing can be installed here, if so."""
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
