"""Deployment files, as far as they can be checked without a registry and a server."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.core.management import CommandError, call_command

from cinema_project.settings.database_urls import parse_redis_url
from core.redis.addresses import sentinel_address
from ops.runner.services import WEB_THREADS, WEB_WORKERS
from tests.checks import DEPLOYED

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
UNITS = sorted((ROOT / "deploy" / "systemd").iterdir())
OURS = ("migrate", "web", "live", "worker", "beat")  # services of compose
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]


def run(*command: str | Path) -> tuple[int, str]:
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return finished.returncode, finished.stdout + finished.stderr


def test_dockerfile_has_no_lint() -> None:
    assert run(BIN / "hadolint", "Dockerfile") == (0, "")


COMPOSE_FILES = ("compose.yaml", "compose.cluster.yaml")


def test_compose_files_are_valid() -> None:
    assert run(
        *(BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", *COMPOSE_FILES)
    ) == (0, "ok -- validation done\n")


def test_second_compose_file_extends_the_first() -> None:
    one, two = (yaml.safe_load((ROOT / name).read_text())["services"] for name in COMPOSE_FILES)
    added = {name: service for name, service in two.items() if name not in one}
    addresses = [
        parse_redis_url(
            "REDIS_URL", re.sub(r"\$\{\w+:\?\}", "x", two[name]["environment"]["REDIS_URL"])
        )
        for name in OURS
    ]
    address = sentinel_address(addresses[0])

    assert {name for name in two if "image" in two[name]} == added.keys()
    assert {service["image"] for service in added.values()} == {
        one["postgres"]["image"],
        one["valkey"]["image"],
    }
    assert set(addresses) == {addresses[0]}
    assert address is not None
    assert {host for host, _port in address.sentinels} <= added.keys()


def test_files_shared_by_worker_and_web_are_on_volumes_of_both() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    written = {
        name: {
            place
            for volume in services[name]["volumes"]
            for _, place, *mode in [volume.split(":")]
            if mode != ["ro"]
        }
        for name in ("web", "worker")
    }
    made = (ROOT / "Dockerfile").read_text().partition("install -d ")[2].partition("\n")[0]

    shared = {"/var/lib/layar/media", "/var/lib/layar/exports"}
    assert written == {"web": shared, "worker": shared | {"/var/lib/layar/backups"}}
    # A volume takes its owner from the folder in the image.
    assert written["worker"] <= set(made.split())


def test_image_contains_all_packages_and_no_secret() -> None:
    let_in = set(re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE))
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "benchmarks"}

    assert packages - let_in == set()
    assert {name for name in let_in if not (ROOT / name).exists()} == set()
    assert "var" not in let_in


def test_commands_match_those_of_bin_run() -> None:
    for file in (ROOT / "Dockerfile", ROOT / "deploy" / "systemd" / "layar-web.service"):
        text = re.sub(r'[",]', "", file.read_text())
        assert f"--workers {WEB_WORKERS} " in text
        assert re.search(rf"--(blocking-)?threads {WEB_THREADS}\b", text)


def test_environment_example_names_settings_and_no_secret() -> None:
    example = (ROOT / "deploy" / "docker" / "env.example").read_text()
    documented = set(re.findall(r"`([A-Z][A-Z_]+)`", (ROOT / "docs" / "operations.md").read_text()))
    lines = [line.partition("=") for line in example.splitlines() if re.match("[A-Z]", line)]

    assert {name for name, _, _ in lines} - documented == {
        "POSTGRES_PASSWORD",
        "POSTGRES_REPLICATION_PASSWORD",
        "POSTGRES_SUPERUSER_PASSWORD",
        "VALKEY_PASSWORD",
    }
    secrets = ("SECRET", "PASSWORD", "KEY")
    assert [name for name, _, value in lines if value and name.endswith(secrets)] == []


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_unit_is_hardened(unit: Path) -> None:
    lines = set(unit.read_text().splitlines())

    assert {
        *("User=layar", "NoNewPrivileges=yes", "ProtectSystem=strict", "ProtectHome=yes"),
        *("PrivateTmp=yes", "PrivateDevices=yes", "CapabilityBoundingSet="),
        "EnvironmentFile=/etc/layar/environment",
    } <= lines


def test_units_are_valid(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        return  # systemd is not installed on every machine
    (tmp_path / "python").write_text("#!/bin/sh\n")
    (tmp_path / "python").chmod(0o755)
    for unit in UNITS:
        here = unit.read_text().replace("/srv/layar/.venv/bin/python", str(tmp_path / "python"))
        (tmp_path / unit.name.replace("@.", "@8101.")).write_text(here)
    units = [path for path in tmp_path.iterdir() if path.name.startswith("layar")]
    finished = subprocess.run(
        [program, "verify", "--man=no", *units],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "SYSTEMD_LOG_LEVEL": "warning"},
    )

    ours = [line for line in finished.stderr.splitlines() if "layar" in line]
    assert (finished.returncode, ours) == (0, [])


@pytest.mark.parametrize(
    ("variables", "warnings"),
    [
        ({}, []),
        (
            {
                "SANDBOX_ENABLED": "true",
                "DEMO": "true",
                "STAFF_MFA_REQUIRED": "false",
                "BACKUP_PUBLIC_KEYS": "",
            },
            ["layar.W001", "layar.W002", "layar.W003", "layar.W004"],
        ),
    ],
)
def test_deployment_check_names_unsafe_settings(
    variables: dict[str, str], warnings: list[str]
) -> None:
    safe = dict(line.split("=", 1) for line in DEPLOYED)
    safe |= {"SANDBOX_ENABLED": "false", "DEMO": "false", "STAFF_MFA_REQUIRED": "true"}
    environment = {**os.environ, **safe, **variables}
    environment["DJANGO_SETTINGS_MODULE"] = "cinema_project.settings"
    finished = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert re.findall(r"layar\.W\d+", finished.stderr) == warnings
    assert finished.returncode == (1 if warnings else 0), finished.stderr


@pytest.mark.parametrize(
    ("command", "instead"),
    [
        ("dbbackup", "backup"),
        ("mediabackup", "backup"),
        ("dbrestore", "restore"),
        ("mediarestore", "restore"),
    ],
)
def test_commands_that_bypass_encryption_are_refused(command: str, instead: str) -> None:
    with pytest.raises(CommandError, match=rf"Use: manage\.py {instead}$"):
        call_command(command)


def test_application_role_of_the_containers_is_no_superuser() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    role = (ROOT / "deploy" / "postgres" / "create-role.sh").read_text()

    assert "POSTGRES_USER" not in services["postgres"]["environment"]  # the image's superuser
    assert "CREATE ROLE layar LOGIN CREATEDB PASSWORD" in role
    assert "SUPERUSER" not in role
