"""Tidy holds past their time now, without waiting for the beat."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from seating.holds import transitions


class Command(BaseCommand):
    help = "End holds that are past their time and push their seats to open maps."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{transitions.sweep_expired_holds()} holds ended")
