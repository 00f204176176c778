"""System checks of `manage.py check --deploy`: settings that are unsafe for real sales."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register


@register(Tags.security, deploy=True)
def check_installation(**_options: Any) -> list[CheckMessage]:
    return list(_warnings())


def _warnings() -> Iterator[CheckMessage]:
    if settings.SANDBOX_ENABLED:
        yield Warning(
            "SANDBOX_ENABLED is on: anybody can pay with the sandbox bank.",
            hint="Set SANDBOX_ENABLED=false.",
            id="layar.W001",
        )
    if settings.DEMO:
        yield Warning(
            "DEMO is on: the passwords of demo accounts are public.",
            hint="Set DEMO=false, and start with an empty database.",
            id="layar.W002",
        )
    if not settings.STAFF_MFA_REQUIRED:
        yield Warning(
            "STAFF_MFA_REQUIRED is off: staff sign in with a password only.",
            hint="Set STAFF_MFA_REQUIRED=true.",
            id="layar.W003",
        )
    if not settings.BACKUP_PUBLIC_KEYS:
        yield Warning(
            "BACKUP_PUBLIC_KEYS is empty: backups are not encrypted.",
            hint="Make a key with age-keygen and set BACKUP_PUBLIC_KEYS to its public part.",
            id="layar.W004",
        )
