"""Scheduling, repricing and cancelling showtimes.

The constraint ``showtime_studio_never_overlaps`` decides whether a studio is free; the Python here
only finds the message for its violation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from psycopg.errors import ExclusionViolation

from core.errors import InvalidInput, NotFound, Refused, Unavailable
from movies.catalogue import catalogue
from movies.errors import ShowtimeClosed
from movies.models import Movie, ScheduleBatch, ScreenFormat, Showtime, Studio
from movies.scheduling.pricing import PriceList
from movies.signals import showtime_cancelled, showtime_repriced, showtimes_scheduled

DRAFTS_MAX = 5_000
INSERT_BATCH_ROWS = 1_000


class ShowtimeOverlaps(Refused):
    """``facts``: studio, and id (``showtime``), starts_at and ends_at of the other showtime."""

    code = "showtime_overlaps"
    message = _("The studio is not free at that time.")


class ShowtimeInPast(InvalidInput):
    code = "showtime_in_past"
    message = _("A showtime has to be in the future.")


@dataclass(frozen=True, kw_only=True)
class ShowtimeDraft:
    """Input of ``schedule_showtimes``. Without a price the price cards decide; without a sale
    window tickets are on sale from now until the start."""

    studio: Studio
    movie: Movie
    starts_at: datetime
    screen_format: str = ScreenFormat.TWO_D
    audio_language: str
    subtitle_language: str = ""
    base_price_rupiah: int | None = None
    sale_opens_at: datetime | None = None
    sale_closes_at: datetime | None = None


def schedule_showtimes(
    drafts: Sequence[ShowtimeDraft],
    *,
    at: datetime,
    batches: Mapping[int, ScheduleBatch] | None = None,
) -> list[Showtime]:
    """Insert all showtimes or none; receivers of ``showtimes_scheduled`` add their seats.

    ``batches``: the batch of each cinema id that they belong to.
    Raises ShowtimeOverlaps, ShowtimeInPast, PriceMissing, InvalidInput.
    """
    if len(drafts) > DRAFTS_MAX:
        raise InvalidInput(_("Too many showtimes at once."), limit=DRAFTS_MAX)
    prices = PriceList.of({draft.studio.cinema for draft in drafts})
    showtimes = [_showtime(draft, prices, at) for draft in drafts]
    for showtime in showtimes:
        showtime.batch = (batches or {}).get(showtime.studio.cinema_id)
    try:
        with transaction.atomic():
            created = Showtime.objects.bulk_create(showtimes, batch_size=INSERT_BATCH_ROWS)
            _check_ends(created)
            showtimes_scheduled.send(sender=Showtime, showtimes=created)
            transaction.on_commit(catalogue.new_generation)
    except IntegrityError as error:
        if not isinstance(error.__cause__, ExclusionViolation):
            raise
        raise _overlap(showtimes) from error
    return created


def _check_ends(created: Sequence[Showtime]) -> None:
    """Refuse showtimes whose film or studio changed since it was read.

    The inserted rows hold key share locks on both, so that they cannot change before the commit.
    """
    if Showtime.objects.filter(pk__in=[row.pk for row in created]).too_short().exists():
        raise Unavailable()


def reprice_showtime(showtime: Showtime, base_price_rupiah: int, at: datetime) -> None:
    """Change the base price for seats not sold yet. Locks the showtime's row (no key).

    Raises ShowtimeClosed once it is cancelled or no longer on sale, InvalidInput for no price.
    """
    if base_price_rupiah <= 0:
        raise InvalidInput(_("A price is a positive number of rupiah."))
    with transaction.atomic():
        locked = (
            Showtime.objects.select_for_update(no_key=True, of=("self",))
            .filter(pk=showtime.pk)
            .first()
        )
        if locked is None:
            raise NotFound
        if locked.cancelled_at is not None or locked.sale_closes_at <= at:
            raise ShowtimeClosed
        price_change_rupiah = base_price_rupiah - locked.base_price_rupiah
        locked.base_price_rupiah = base_price_rupiah
        locked.save(update_fields=["base_price_rupiah"])
        showtime_repriced.send(
            sender=Showtime, showtime=locked, price_change_rupiah=price_change_rupiah
        )
    showtime.base_price_rupiah = base_price_rupiah


@transaction.atomic
def cancel_showtime(showtime_id: int, at: datetime) -> Showtime:
    """Cancel a showtime, so that nobody can hold or buy its seats any more. Idempotent.

    Bookings are refunded by ``bookings``. Locks the showtime's row (no key), then whatever
    receivers of ``showtime_cancelled`` lock. Raises NotFound.
    """
    showtime = (
        Showtime.objects.select_for_update(no_key=True, of=("self",)).filter(pk=showtime_id).first()
    )
    if showtime is None:
        raise NotFound
    if showtime.cancelled_at is None:
        showtime.cancelled_at = at
        showtime.save(update_fields=["cancelled_at"])
        showtime_cancelled.send(sender=Showtime, showtime=showtime, at=at)
    return showtime


def _showtime(draft: ShowtimeDraft, prices: PriceList, at: datetime) -> Showtime:
    if draft.starts_at <= at:
        raise ShowtimeInPast(starts_at=draft.starts_at.isoformat())
    price_rupiah = draft.base_price_rupiah
    if price_rupiah is None:
        price_rupiah = prices.price_rupiah(draft.studio, draft.screen_format, draft.starts_at)
    elif price_rupiah <= 0:
        raise InvalidInput(_("A price is a positive number of rupiah."))
    opens_at = draft.sale_opens_at or at
    closes_at = draft.sale_closes_at or draft.starts_at
    if closes_at <= opens_at:
        raise InvalidInput(_("The sale has to open before it closes."))
    return Showtime(
        studio=draft.studio,
        movie=draft.movie,
        starts_at=draft.starts_at,
        ends_at=draft.starts_at + draft.studio.occupied_for(draft.movie.duration_minutes),
        business_date=draft.studio.cinema.business_date(draft.starts_at),
        screen_format=draft.screen_format,
        audio_language=draft.audio_language,
        subtitle_language=draft.subtitle_language,
        sale_opens_at=opens_at,
        sale_closes_at=closes_at,
        base_price_rupiah=price_rupiah,
    )


def _overlap(wanted: Sequence[Showtime]) -> ShowtimeOverlaps:
    """Error naming the conflicting showtime, which is scheduled or one of ``wanted``."""
    existing = Showtime.objects.live().filter(
        studio__in={showtime.studio_id for showtime in wanted},
        starts_at__lt=max(showtime.ends_at for showtime in wanted),
        ends_at__gt=min(showtime.starts_at for showtime in wanted),
    )
    others = [*existing.select_related("movie", "studio__cinema"), *wanted]
    for showtime in wanted:
        for other in others:
            if other is not showtime and _clash(showtime, other):
                return overlap_error(other)
    return ShowtimeOverlaps()  # the conflicting one was removed meanwhile


def _clash(one: Showtime, other: Showtime) -> bool:
    return (
        one.studio_id == other.studio_id
        and one.starts_at < other.ends_at
        and other.starts_at < one.ends_at
    )


def overlap_error(other: Showtime) -> ShowtimeOverlaps:
    """Error that names the studio, film and local times of the conflicting showtime."""
    zone = other.studio.cinema.zone
    message = gettext(
        "%(studio)s is taken by “%(film)s” from %(from)s to %(until)s, cleaning included."
    ) % {
        "studio": other.studio.name,
        "film": other.movie.title,
        "from": date_format(other.starts_at.astimezone(zone), "DATETIME_FORMAT"),
        "until": f"{other.ends_at.astimezone(zone):%H:%M}",
    }
    return ShowtimeOverlaps(
        message,
        studio=other.studio_id,
        showtime=other.pk,
        starts_at=other.starts_at.isoformat(),
        ends_at=other.ends_at.isoformat(),
    )
