"""Previews of many showtimes scheduled at once (copied days and weeks, bulk scheduling).

A plan contains for each request the draft it would become or the conflict that prevents it.
Nothing is locked; when the plan is applied the database decides again, all or nothing.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.errors import InvalidInput, LayarError, Refused
from movies.models import BatchKind, Cinema, Movie, ScreenFormat, Showtime, Studio
from movies.scheduling.batches import schedule_as_batch
from movies.scheduling.business_day import moment
from movies.scheduling.pricing import PriceList
from movies.scheduling.showtimes import (
    ShowtimeDraft,
    ShowtimeInPast,
    overlap_error,
)

PLAN_ROWS_MAX = 600


class PlanTooLarge(InvalidInput):
    code = "plan_too_large"
    message = _("That is too much at once. Choose fewer days.")


class PlanEmpty(InvalidInput):
    code = "plan_empty"
    message = _("There is nothing to add.")


class PlanObstructed(Refused):
    """``facts``: obstacles, the number of showtimes that cannot be scheduled."""

    code = "plan_obstructed"
    message = _("Nothing was added: some of the showtimes cannot be. Skip them, or choose others.")


class PlanChanged(Refused):
    code = "plan_changed"
    message = _("The programme has changed since you looked. Nothing was added; look again.")


class Obstacle(StrEnum):
    NO_STUDIO = "no_studio"
    NO_SUCH_HOUR = "no_such_hour"
    PAST = "showtime_in_past"
    NO_PRICE = "price_missing"
    TAKEN = "showtime_overlaps"


@dataclass(frozen=True, kw_only=True)
class ShowtimeRequest:
    """A wanted showtime in local time. Without a price the price cards decide; tickets are on sale
    from creation until ``sale_ends_before`` before the start."""

    cinema: Cinema
    studio: Studio | None  # None: the cinema has no studio of that name
    studio_name: str
    movie: Movie
    local: datetime  # naive local start
    screen_format: str
    audio_language: str
    subtitle_language: str = ""
    base_price_rupiah: int | None = None
    sale_ends_before: timedelta = timedelta()


@dataclass(frozen=True, kw_only=True)
class PlanRow:
    """A request with its draft and price, or the obstacle and its explanation."""

    request: ShowtimeRequest
    draft: ShowtimeDraft | None = None
    obstacle: str = ""
    explanation: str = ""

    @property
    def screen_format_name(self) -> str:
        return str(ScreenFormat(self.request.screen_format).label)

    @property
    def price_rupiah(self) -> int | None:
        return self.draft.base_price_rupiah if self.draft else None


@dataclass(frozen=True)
class Plan:
    rows: tuple[PlanRow, ...]

    @property
    def drafts(self) -> list[ShowtimeDraft]:
        return [row.draft for row in self.rows if row.draft is not None]

    @property
    def obstructed(self) -> list[PlanRow]:
        return [row for row in self.rows if row.draft is None]

    @property
    def digest(self) -> str:
        """Hash of everything that would be added: films, starts, studios, formats and prices."""
        lines = "\n".join(
            f"{draft.studio.pk} {draft.movie.pk} {draft.starts_at.isoformat()}"
            f" {draft.screen_format} {draft.base_price_rupiah}"
            for draft in self.drafts
        )
        return hashlib.sha256(lines.encode()).hexdigest()


def plan_showtimes(requests: Sequence[ShowtimeRequest], *, at: datetime) -> Plan:
    """Plan each request in order; an earlier one may conflict with a later one.

    Reads three tables whatever the number of requests, writes nothing. Raises PlanTooLarge.
    """
    if len(requests) > PLAN_ROWS_MAX:
        raise PlanTooLarge(limit=PLAN_ROWS_MAX)
    prices = PriceList.of({request.cinema for request in requests})
    starts: list[datetime | LayarError] = [_start(request) for request in requests]
    taken = _occupation(requests, [start for start in starts if isinstance(start, datetime)])
    rows = [
        _row(request, start, prices, taken, at)
        for request, start in zip(requests, starts, strict=True)
    ]
    return Plan(tuple(rows))


def apply_plan(
    requests: Sequence[ShowtimeRequest],
    *,
    expected_digest: str,
    skips_obstructed: bool,
    at: datetime,
    kind: BatchKind = BatchKind.BULK,
    by: Any = None,
) -> list[Showtime]:
    """Schedule everything in the plan that had ``expected_digest`` as a batch, or nothing.

    Raises PlanChanged if the plan differs by now, PlanObstructed for conflicts that are not to be
    skipped, PlanEmpty, PlanTooLarge, and what ``schedule_showtimes`` raises.
    """
    plan = plan_showtimes(requests, at=at)
    if plan.digest != expected_digest:
        raise PlanChanged
    if plan.obstructed and not skips_obstructed:
        raise PlanObstructed(obstacles=len(plan.obstructed))
    if not plan.drafts:
        raise PlanEmpty
    return schedule_as_batch(plan.drafts, kind=kind, by=by, at=at)


@dataclass
class _Occupation:
    """Occupied intervals of one studio; they never overlap, so both ends have the same order."""

    ends: list[datetime] = field(default_factory=list)
    showtimes: list[Showtime] = field(default_factory=list)

    def clash(self, starts_at: datetime, ends_at: datetime) -> Showtime | None:
        place = bisect_right(self.ends, starts_at)
        if place < len(self.ends) and self.showtimes[place].starts_at < ends_at:
            return self.showtimes[place]
        return None

    def add(self, showtime: Showtime) -> None:
        place = bisect_right(self.ends, showtime.starts_at)
        self.ends.insert(place, showtime.ends_at)
        self.showtimes.insert(place, showtime)


def _occupation(
    requests: Iterable[ShowtimeRequest], starts: Sequence[datetime]
) -> dict[int, _Occupation]:
    """Scheduled showtimes around the requests, by studio."""
    taken: defaultdict[int, _Occupation] = defaultdict(_Occupation)
    if not starts:
        return taken
    longest = timedelta(days=1)
    there = Showtime.objects.live().filter(
        studio__in={request.studio.pk for request in requests if request.studio is not None},
        starts_at__lt=max(starts) + longest,
        ends_at__gt=min(starts),
    )
    for showtime in there.with_places().order_by("starts_at"):
        taken[showtime.studio_id].add(showtime)
    return taken


def _start(request: ShowtimeRequest) -> datetime | LayarError:
    try:
        return moment(request.local, request.cinema.zone)
    except LayarError as refusal:
        return refusal


def _row(
    request: ShowtimeRequest,
    start: datetime | LayarError,
    prices: PriceList,
    taken: dict[int, _Occupation],
    at: datetime,
) -> PlanRow:
    if request.studio is None:
        words = gettext("%(cinema)s has no %(studio)s.")
        explanation = words % {"cinema": request.cinema.name, "studio": request.studio_name}
        return PlanRow(request=request, obstacle=Obstacle.NO_STUDIO, explanation=explanation)
    if not isinstance(start, datetime):
        return _conflict(request, start)
    if start <= at:
        return _conflict(request, ShowtimeInPast())
    price_rupiah = request.base_price_rupiah
    if price_rupiah is None:
        try:
            price_rupiah = prices.price_rupiah(request.studio, request.screen_format, start)
        except LayarError as refusal:
            return _conflict(request, refusal)
    draft = _draft(request, request.studio, start, price_rupiah, at)
    showtime = _occupying(draft)
    in_the_way = taken[request.studio.pk].clash(showtime.starts_at, showtime.ends_at)
    if in_the_way is not None:
        return _conflict(request, overlap_error(in_the_way))
    taken[request.studio.pk].add(showtime)
    return PlanRow(request=request, draft=draft)


def _conflict(request: ShowtimeRequest, refusal: LayarError) -> PlanRow:
    return PlanRow(request=request, obstacle=Obstacle(refusal.code), explanation=str(refusal))


def _draft(
    request: ShowtimeRequest, studio: Studio, start: datetime, price_rupiah: int, at: datetime
) -> ShowtimeDraft:
    sale_closes_at = start - request.sale_ends_before
    return ShowtimeDraft(
        studio=studio,
        movie=request.movie,
        starts_at=start,
        screen_format=request.screen_format,
        audio_language=request.audio_language,
        subtitle_language=request.subtitle_language,
        base_price_rupiah=price_rupiah,
        # A sale that would close before it opens closes at the start instead.
        sale_closes_at=sale_closes_at if sale_closes_at > at else start,
    )


def _occupying(draft: ShowtimeDraft) -> Showtime:
    """Unsaved showtime with the interval that the draft occupies."""
    return Showtime(
        studio=draft.studio,
        movie=draft.movie,
        starts_at=draft.starts_at,
        ends_at=draft.starts_at + draft.studio.occupied_for(draft.movie.duration_minutes),
    )
