"""Command that checks every invariant."""

from __future__ import annotations

import json
from itertools import groupby
from typing import Any

from django.core.management.base import (
    BaseCommand,
    CommandError,
    CommandParser,
    no_translations,
)

from reports.monitoring.invariants import INVARIANTS, Violation, check_invariants


class Command(BaseCommand):
    help = "Check every invariant; exit 1 and name the rows if one is broken."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout")

    @no_translations  # output for grep does not depend on the site's language
    def handle(self, *args: Any, **options: Any) -> None:
        violations = check_invariants()
        if options["json"]:
            self.stdout.write(json.dumps(_document(violations)))
        elif violations:
            self._tell(violations)
        else:
            self.stdout.write(f"{len(INVARIANTS)} invariants hold.")
        if violations:
            raise CommandError(f"{len(violations)} violations", returncode=1)

    def _tell(self, violations: list[Violation]) -> None:
        for invariant, broken in groupby(violations, key=lambda violation: violation.invariant):
            self.stdout.write(f"{invariant.name}: {invariant.rule}")
            for violation in broken:
                facts = " ".join(f"{key}={value}" for key, value in sorted(violation.facts.items()))
                self.stdout.write(f"  {violation.subject} {facts}")


def _document(violations: list[Violation]) -> dict[str, Any]:
    return {
        "checked": len(INVARIANTS),
        "violations": [
            {
                "invariant": violation.invariant.name,
                "subject": violation.subject,
                "cinema": violation.cinema_id,
                "showtime": violation.showtime_id,
                "facts": violation.facts,
            }
            for violation in violations
        ],
    }
