"""Base of commands of django-dbbackup that would bypass our encryption and verification."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError


class RefusedCommand(BaseCommand):
    instead = ""

    def run_from_argv(self, argv: list[str]) -> None:
        """Refuse, regardless of the options."""
        super().run_from_argv(argv[:2])

    def handle(self, *args: Any, **options: Any) -> None:
        raise CommandError(f"This command is disabled. Use: manage.py {self.instead}")
