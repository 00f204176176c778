"""Checks the OpenAPI document by the recommended rules of Redocly and Spectral, the AsyncAPI
document by those of Spectral."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / "node_modules" / ".bin"
# The feed's address has always ended with a slash; its contact is the site.
SPECTRAL_RULES = """
extends: [["spectral:oas", "recommended"], ["spectral:asyncapi", "recommended"]]
rules:
  asyncapi-3-channel-no-trailing-slash: off
  asyncapi-info-contact-properties: off
"""
WRITE_LIVE_SCHEMA = """
import json, pathlib
from cinema_project.api.live_schema import document
pathlib.Path({path!r}).write_text(json.dumps(document()))
"""
QUIET = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}


def main() -> int:
    """Exit status: 0 without findings; any finding, also a warning, fails."""
    with tempfile.TemporaryDirectory() as folder:
        document, rules = Path(folder) / "openapi.yaml", Path(folder) / "rules.yaml"
        live = Path(folder) / "asyncapi.json"
        rules.write_text(SPECTRAL_RULES)
        environment = {**os.environ, **QUIET, "SITE_URL": "https://tickets.example"}
        commands: list[list[str | Path]] = [
            [
                *(sys.executable, "manage.py", "spectacular", "--fail-on-warn"),
                *("--validate", "--file", document),
            ],
            [
                *(sys.executable, "manage.py", "shell", "--no-imports"),
                *("--command", WRITE_LIVE_SCHEMA.format(path=str(live))),
            ],
            [TOOLS / "redocly", "lint", "--extends", "recommended-strict", document],
            [TOOLS / "spectral", "lint", "-F", "warn", "--ruleset", rules, document, live],
        ]
        failed = [
            command[0]
            for command in commands
            if subprocess.run(command, cwd=ROOT, env=environment).returncode
        ]
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
