"""A visitor who takes seats and a manager who changes their layout; imported by spawned
processes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Tap:
    showtime_id: int
    seat_id: int


@dataclass(frozen=True)
class NewLayout:
    studio_id: int
    grid: str


def act(step: Tap | NewLayout) -> str:
    """Result: ``done``, or the code of the refusal."""
    from core.errors import LayarError

    try:
        if isinstance(step, Tap):
            _tap(step)
        else:
            _publish(step)
    except LayarError as error:
        return error.code
    return "done"


def _tap(step: Tap) -> None:
    from seating.holds.transitions import hold_seats

    hold_seats(showtime_id=step.showtime_id, visitor="web:racer", seat_ids=[step.seat_id])


def _publish(step: NewLayout) -> None:
    from django.utils import timezone

    from movies.models import Studio
    from seating.layouts.changes import Scope, publish_version

    publish_version(
        studio=Studio.objects.get(pk=step.studio_id),
        grid=step.grid,
        by=None,
        note="",
        scope=Scope.EVERY,
        at=timezone.now(),
    )
