"""New versions of a layout, and the showtimes that adopt them or keep theirs."""

from __future__ import annotations

from datetime import timedelta

import orjson
import pytest
from django.utils import timezone

from movies.models import Showtime, Studio
from seating.errors import SeatUnknown
from seating.holds.transitions import hold_seats
from seating.layouts.changes import (
    Comparison,
    Published,
    Scope,
    SeatsStranded,
    compare,
    drafted,
    publish_version,
    published_plan,
    survey,
)
from seating.layouts.grid import LayoutInvalid, parse_grid
from seating.layouts.publishing import publish_layout, stock_showtimes
from seating.models import CategorySurcharge, Layout, SeatStatus, ShowtimeSeat
from seating.seatmap import drawing, state
from tests.factories import (
    make_booking,
    make_confirmed_booking,
    make_hold,
    make_showtime,
    make_studio,
    make_user,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

GRID = "A  rrrr\nB  ccpp"
SURCHARGES = {"couple": 10_000, "premiere": 20_000}


@pytest.fixture(autouse=True)
def _surcharges() -> None:
    for category, surcharge_rupiah in SURCHARGES.items():
        CategorySurcharge.objects.create(category=category, surcharge_rupiah=surcharge_rupiah)


def scheduled(studio: Studio, *, days: int = 1, grid: str = GRID) -> Showtime:
    """A scheduled showtime with its seats."""
    if not studio.layouts.exists():
        publish_layout(studio, grid)
    starts_at = timezone.now() + timedelta(days=days)
    newest = studio.layouts.order_by("-version")[0]
    showtime = make_showtime(studio, starts_at=starts_at, layout=newest)
    showtime.seats.all().delete()  # factories apply no surcharges
    stock_showtimes([showtime])
    return showtime


@pytest.fixture
def studio() -> Studio:
    return make_studio()


def seat(showtime: Showtime, label: str) -> ShowtimeSeat:
    return showtime.seats.select_related("seat").get(
        seat__row=label[0], seat__number=int(label[1:])
    )


def stock(showtime: Showtime) -> dict[str, tuple[str, int]]:
    """label → (status, price in thousands)"""
    rows = showtime.seats.select_related("seat").order_by("seat__line", "seat__column")
    return {row.seat.label: (str(row.status), row.price_rupiah // 1_000) for row in rows}


def publish(studio: Studio, grid: str, scope: Scope) -> Published:
    return publish_version(
        studio=studio, grid=grid, by=None, note="", scope=scope, at=timezone.now()
    )


def test_blocked_seats_of_a_plan_are_not_for_sale_in_new_showtimes(studio: Studio) -> None:
    assert stock(scheduled(studio, grid="A rR\nB CC")) == {
        "A1": ("available", 50),
        "A2": ("blocked", 50),
        "B1": ("blocked", 60),
        "B2": ("blocked", 60),
    }


def test_version_knows_who_and_why_and_leaves_showtimes_alone(studio: Studio) -> None:
    showtime, manager = scheduled(studio), make_user()
    before = stock(showtime)

    published = publish_version(
        studio=studio,
        grid="A  rr\r\n",
        by=manager,
        note="New seats",
        scope=Scope.NONE,
        at=timezone.now(),
    )

    layout = Layout.objects.get(studio=studio, version=2)
    assert published == Published(layout, (), ())
    assert (layout.grid, layout.note, layout.published_by) == ("A  rr", "New seats", manager)
    assert stock(showtime) == before
    assert stock(scheduled(studio, days=2)) == {"A1": ("available", 50), "A2": ("available", 50)}


def test_wrong_grid_publishes_nothing(studio: Studio) -> None:
    with pytest.raises(LayoutInvalid):
        publish(studio, "A rc", Scope.NONE)

    assert not studio.layouts.exists()


def test_comparison_names_seats_by_label() -> None:
    old = drafted(parse_grid("A rrr\nB cc"))
    new = drafted(parse_grid("A rPrr\nB r"))

    assert compare(old, new) == Comparison(("A4",), ("B2",), ("A2", "B1"))
    assert compare(old, old).is_same


def test_free_showtime_adopts_the_new_layout_with_its_prices(studio: Studio) -> None:
    showtime = scheduled(studio)
    # Surcharges have changed since it was scheduled: seats on sale keep their price.
    CategorySurcharge.objects.update(surcharge_rupiah=1_000)
    CategorySurcharge.objects.create(category="wheelchair", surcharge_rupiah=5_000)

    published = publish(studio, "A  prRrr\nC  wcc", Scope.EVERY)

    assert [impact.showtime for impact in published.applied] == [showtime]
    assert stock(showtime) == {
        "A1": ("available", 70),
        "A2": ("available", 50),
        "A3": ("blocked", 50),
        "A4": ("available", 50),
        "A5": ("available", 50),
        "C1": ("available", 55),
        "C2": ("available", 60),
        "C3": ("available", 60),
    }
    assert set(showtime.seats.values_list("seat__layout", flat=True)) == {published.layout.pk}
    assert [seat.row + str(seat.number) for seat in drawing.draw(showtime.pk).seats] == [
        "A1", "A2", "A3", "A4", "A5", "C1", "C2", "C3",
    ]  # fmt: skip


def test_seats_blocked_by_the_plan_open_with_it_and_others_stay_blocked(studio: Studio) -> None:
    showtime = scheduled(studio, grid="A rR")
    ShowtimeSeat.objects.filter(pk=seat(showtime, "A1").pk).update(status=SeatStatus.BLOCKED)

    publish(studio, "A rr", Scope.EVERY)

    assert stock(showtime) == {"A1": ("blocked", 50), "A2": ("available", 50)}


def test_taken_seats_that_remain_keep_row_owner_and_price(studio: Studio) -> None:
    showtime = scheduled(studio)
    sold, held = seat(showtime, "A2"), seat(showtime, "B3")
    booking = make_confirmed_booking(showtime, [sold])
    hold = make_hold(showtime, [held])
    ShowtimeSeat.objects.filter(pk__in=[sold.pk, held.pk]).update(price_rupiah=99_000)

    publish(studio, "A  _rr\n\nB  ccp", Scope.EVERY)

    assert stock(showtime) == {
        "A1": ("available", 50),
        "A2": ("sold", 99),
        "B1": ("available", 60),
        "B2": ("available", 60),
        "B3": ("held", 99),
    }
    assert (seat(showtime, "A2").pk, seat(showtime, "A2").sale) == (sold.pk, booking.pk)
    assert (seat(showtime, "B3").pk, seat(showtime, "B3").hold) == (held.pk, hold)


@pytest.mark.parametrize(
    ("grid", "stranded"),
    [
        ("A  r\nB  ccpp", [("A2", "sold")]),  # gone
        ("A  rprr\nB  ccpp", [("A2", "sold")]),  # of another category
        ("A  rrrr\nB  rrpp", [("B1", "held"), ("B2", "held")]),
        ("A  rrrr\nB  rccp", [("B1", "held"), ("B2", "held")]),  # on half of two sofas
    ],
)
def test_stranded_seats_refuse_the_whole_change_by_name(
    studio: Studio, grid: str, stranded: list[tuple[str, str]]
) -> None:
    free, showtime = scheduled(studio, days=1), scheduled(studio, days=2)
    make_confirmed_booking(showtime, [seat(showtime, "A2")])
    make_hold(showtime, [seat(showtime, "B1"), seat(showtime, "B2")])
    before = stock(free), stock(showtime)

    with pytest.raises(SeatsStranded) as refused:
        publish(studio, grid, Scope.EVERY)

    assert refused.value.facts == {
        "showtimes": [{"showtime": showtime.pk, "seats": [label for label, _why in stranded]}]
    }
    local = showtime.starts_at.astimezone(studio.cinema.zone)
    start = f"{local.day} {local:%b %Y, %H:%M}"
    seats = ", ".join(f"{label} ({why})" for label, why in stranded)
    assert str(refused.value) == (
        "Seats that are sold or held would lose their place."
        f" “{showtime.movie.title_en}”, {start}: {seats}"
    )
    assert (stock(free), stock(showtime)) == before
    assert studio.layouts.count() == 1


def test_possible_scope_updates_the_other_showtimes(studio: Studio) -> None:
    free, showtime = scheduled(studio, days=1), scheduled(studio, days=2)
    make_confirmed_booking(showtime, [seat(showtime, "A2")])
    before = stock(showtime)

    published = publish(studio, "A  r", Scope.POSSIBLE)

    assert [impact.showtime for impact in published.applied] == [free]
    assert [impact.showtime for impact in published.kept] == [showtime]
    assert (stock(free), stock(showtime)) == ({"A1": ("available", 50)}, before)


def test_expired_hold_strands_nothing(studio: Studio) -> None:
    showtime = scheduled(studio)
    long_ago = timezone.now() - timedelta(minutes=10)
    make_hold(showtime, [seat(showtime, "A4")], at=long_ago)

    publish(studio, "A rrr", Scope.EVERY)

    assert set(stock(showtime)) == {"A1", "A2", "A3"}


def test_seat_of_an_old_booking_cannot_be_removed(studio: Studio) -> None:
    showtime = scheduled(studio)
    make_booking(showtime, [seat(showtime, "A4")], at=timezone.now() - timedelta(hours=1))

    with pytest.raises(SeatsStranded) as refused:
        publish(studio, "A rrr", Scope.EVERY)

    assert str(refused.value).endswith("A4 (named in an earlier booking)")
    publish(studio, "A rrpp", Scope.EVERY)  # while it stays, its kind may change
    assert stock(showtime)["A4"] == ("held", 70)  # by a hold whose time is over


def test_past_and_cancelled_showtimes_and_other_studios_stay(studio: Studio) -> None:
    past, cancelled, elsewhere = (
        scheduled(studio, days=-1),
        scheduled(studio, days=1),
        scheduled(make_studio()),
    )
    Showtime.objects.filter(pk=cancelled.pk).update(cancelled_at=timezone.now())
    others = past, cancelled, elsewhere
    before = [stock(showtime) for showtime in others]

    assert publish(studio, "A r", Scope.EVERY).applied == ()

    assert [stock(showtime) for showtime in others] == before


def test_survey_returns_the_impact_and_changes_nothing(studio: Studio) -> None:
    showtime = scheduled(studio)
    make_confirmed_booking(showtime, [seat(showtime, "A1"), seat(showtime, "A2")])
    make_hold(showtime, [seat(showtime, "B3")])
    before = stock(showtime)

    (impact,) = survey(studio, drafted(parse_grid("A rp\nB ccpp")), timezone.now())

    assert (impact.showtime, impact.sold, impact.held) == (showtime, 2, 1)
    assert impact.stranded == (("A2", "sold"),)
    assert stock(showtime) == before
    assert published_plan(studio.layouts.get()) == drafted(parse_grid(GRID))


def test_open_maps_notice_a_change_that_they_missed(studio: Studio) -> None:
    showtime = scheduled(studio)
    ShowtimeSeat.objects.filter(pk=seat(showtime, "B4").pk).update(version=40)
    before = orjson.loads(state.statuses_bytes(showtime.pk))

    publish(studio, "A r", Scope.EVERY)
    state.invalidate(showtime.pk)  # as the commit does

    after = orjson.loads(state.statuses_bytes(showtime.pk))
    assert [status for _id, status, _version in after["seats"]] == ["available"]
    assert after["versions"] > before["versions"]
    with pytest.raises(SeatUnknown):
        hold_seats(showtime_id=showtime.pk, visitor="web:x", seat_ids=[before["seats"][0][0]])
