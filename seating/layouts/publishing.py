"""Publishing layout versions, and creating a showtime's seats from one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from core.errors import InvalidInput
from movies.models import Showtime, Studio
from seating.holds import stock
from seating.layouts.grid import parse_grid, plain_grid
from seating.models import CategorySurcharge, Layout, Seat, SeatStatus, ShowtimeSeat


class StudioWithoutLayout(InvalidInput):
    code = "studio_without_layout"
    message = _("This studio has no seating plan yet.")


@transaction.atomic
def publish_layout(studio: Studio, grid: str, *, by: Any = None, note: str = "") -> Layout:
    """Make ``grid`` the studio's plan for showtimes scheduled from now on.

    Existing showtimes keep their version (``seating.layouts.changes`` updates them). ``by`` is the
    acting member of staff. Locks the studio's row, so that two
    managers get two versions. Raises LayoutInvalid.
    """
    drafts = parse_grid(grid)
    Studio.objects.select_for_update().get(pk=studio.pk)
    newest = Layout.objects.filter(studio=studio).aggregate(version=Max("version"))["version"]
    layout = Layout.objects.create(
        studio=studio,
        version=(newest or 0) + 1,
        grid=plain_grid(grid),
        note=note,
        published_by=by,
    )
    seats = Seat.objects.bulk_create(
        Seat(
            layout=layout,
            row=draft.row,
            number=draft.number,
            line=draft.line,
            column=draft.column,
            category=draft.category,
            is_blocked=draft.is_blocked,
        )
        for draft in drafts
    )
    at_place = {(seat.line, seat.column): seat for seat in seats}
    paired = []
    for draft in drafts:
        if draft.partner_column is not None:
            seat = at_place[draft.line, draft.column]
            seat.partner = at_place[draft.line, draft.partner_column]
            paired.append(seat)
    Seat.objects.bulk_update(paired, ["partner"])
    return layout


def current_layouts(studio_ids: Iterable[int]) -> dict[int, int]:
    """studio id → id of its current layout."""
    newest = (
        Layout.objects.filter(studio_id__in=studio_ids)
        .order_by("studio_id", "-version")
        .distinct("studio_id")
    )
    return dict(newest.values_list("studio_id", "pk"))


def stock_showtimes(showtimes: Sequence[Showtime]) -> None:
    """Create the seats of each new showtime, in the transaction that created it.

    Raises StudioWithoutLayout, which rolls back the scheduling.
    """
    layouts = current_layouts({showtime.studio_id for showtime in showtimes})
    if any(showtime.studio_id not in layouts for showtime in showtimes):
        raise StudioWithoutLayout()
    surcharges = dict(CategorySurcharge.objects.values_list("category", "surcharge_rupiah"))
    seats_of: dict[int, list[tuple[int, int, SeatStatus]]] = {}
    for seat_id, layout_id, category, is_blocked in Seat.objects.filter(
        layout_id__in=layouts.values()
    ).values_list("pk", "layout_id", "category", "is_blocked"):
        status = SeatStatus.BLOCKED if is_blocked else SeatStatus.AVAILABLE
        seats_of.setdefault(layout_id, []).append((seat_id, surcharges.get(category, 0), status))
    stock.insert_seats(
        (
            ShowtimeSeat(
                showtime_id=showtime.pk,
                seat_id=seat_id,
                price_rupiah=showtime.base_price_rupiah + surcharge_rupiah,
                status=status,
            )
            for showtime in showtimes
            for seat_id, surcharge_rupiah, status in seats_of[layouts[showtime.studio_id]]
        )
    )
