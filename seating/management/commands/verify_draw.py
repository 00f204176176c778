"""Command that verifies the draw of a waiting room."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from seating.models import WaitingRoom
from seating.waiting_room.draw import drawn_numbers, verify


class Command(BaseCommand):
    help = "Verifies the draw of a waiting room: its seed, and the ranks of all drawn places."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("room", type=int, help="id of the waiting room")

    def handle(self, *args: Any, **options: Any) -> None:
        room = WaitingRoom.objects.filter(pk=options["room"]).first()
        if room is None or room.drawn_at is None:
            raise CommandError("no such waiting room, or its draw is still to come")
        numbers = list(drawn_numbers(room))
        verdict = verify(commitment=room.commitment, seed=room.seed, numbers=numbers)
        if not verdict.commitment_fits:
            raise CommandError("the seed is not the one that was committed to")
        if verdict.first_wrong is not None:
            raise CommandError(f"rank {verdict.first_wrong} is not the drawn one")
        if len(numbers) != room.drawn_count:
            raise CommandError(f"{room.drawn_count} places were drawn, {len(numbers)} are kept")
        self.stdout.write(f"The draw of {len(numbers)} places is right.")
