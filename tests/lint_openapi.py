"""Checks the generated OpenAPI and AsyncAPI documents by the recommended rules of Redocly and
Spectral."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / "node_modules" / ".bin"
SPECTRAL_RULES = (
    'extends: [["spectral:oas", "recommended"], ["spectral:asyncapi", "recommended"]]\n'
)
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
            *(
                command
                for each in (document, live)
                for command in (
                    [TOOLS / "redocly", "lint", "--extends", "recommended-strict", each],
                    [TOOLS / "spectral", "lint", "-F", "warn", "--ruleset", rules, each],
                )
            ),
        ]
        failed = [
            command[0]
            for command in commands
            if subprocess.run(command, cwd=ROOT, env=environment).returncode
        ]
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
