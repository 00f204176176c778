"""The price card that applies to a showtime: cinema before chain, kind of day, time of the business
day."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from movies.models import Cinema, DayKind, PriceCard, Studio
from movies.scheduling.holidays import HolidayCalendar
from movies.scheduling.pricing import PriceList, PriceMissing, minute_of_business_day
from tests.factories import make_cinema, make_studio

DELIVERED = HolidayCalendar()
JAKARTA = ZoneInfo("Asia/Jakarta")
TUESDAY_EVENING = datetime(2026, 11, 24, 19, 0, tzinfo=JAKARTA)


def base_price_rupiah(studio: Studio, screen_format: str, starts_at: datetime) -> int:
    return PriceList.of([studio.cinema]).price_rupiah(studio, screen_format, starts_at)


def card(price_rupiah: int, **fields: object) -> PriceCard:
    return PriceCard.objects.create(
        **{
            "studio_class": "regular",
            "screen_format": "2D",
            "day_kind": DayKind.WEEKDAY,
            "price_rupiah": price_rupiah,
        }
        | fields
    )


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (date(2026, 11, 23), DayKind.WEEKDAY),  # Monday
        (date(2026, 11, 26), DayKind.WEEKDAY),  # Thursday
        (date(2026, 11, 27), DayKind.FRIDAY),
        (date(2026, 11, 28), DayKind.WEEKEND),
        (date(2026, 11, 29), DayKind.WEEKEND),
        (date(2026, 8, 17), DayKind.WEEKEND),  # Independence Day, a Monday
        (date(2026, 12, 25), DayKind.WEEKEND),  # Christmas, a Friday
        (date(2026, 12, 24), DayKind.WEEKEND),  # joint leave, a Thursday
    ],
)
def test_day_kind_by_weekday_and_holiday(day: date, kind: DayKind) -> None:
    assert DELIVERED.day_kind(day) == kind


@given(st.dates(date(2020, 1, 1), date(2040, 12, 31)))
def test_every_day_has_one_kind_and_holidays_are_weekends(day: date) -> None:
    kind = DELIVERED.day_kind(day)

    if DELIVERED.name(day) or day.weekday() >= 5:
        assert kind == DayKind.WEEKEND
    else:
        assert kind == (DayKind.FRIDAY if day.weekday() == 4 else DayKind.WEEKDAY)


CARDS = st.lists(
    st.builds(
        PriceCard,
        cinema_id=st.sampled_from([None, 1, 2]),
        studio_class=st.sampled_from(["regular", "sofa"]),
        screen_format=st.sampled_from(["2D", "3D"]),
        day_kind=st.sampled_from(DayKind.values),
        from_minute=st.integers(0, 1439),
        price_rupiah=st.integers(1, 1_000_000),
    ),
    max_size=12,
)


@given(CARDS, st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)))  # noqa: DTZ001
def test_card_that_decides_fits_and_none_that_fits_is_nearer(
    cards: list[PriceCard], local: datetime
) -> None:
    cinema = Cinema(pk=1, time_zone="Asia/Jakarta")
    studio = Studio(cinema=cinema, studio_class="regular", name="1")
    starts_at = local.replace(tzinfo=JAKARTA)
    kind, minute = (
        DELIVERED.day_kind(cinema.business_date(starts_at)),
        minute_of_business_day(cinema, starts_at),
    )
    fitting = [
        (card.cinema_id == 1, card.from_minute)
        for card in cards
        if card.cinema_id != 2
        and (card.studio_class, card.screen_format, card.day_kind) == ("regular", "2D", kind)
        and card.from_minute <= minute
    ]
    prices = PriceList(tuple(cards))

    if not fitting:
        with pytest.raises(PriceMissing):
            prices.card(studio, "2D", starts_at)
        return
    found = prices.card(studio, "2D", starts_at)
    assert (found.cinema_id == 1, found.from_minute) == max(fitting)
    assert prices.price_rupiah(studio, "2D", starts_at) == found.price_rupiah


@pytest.mark.parametrize(
    ("local", "minute"),
    [
        (datetime(2026, 11, 24, 10, 15, tzinfo=JAKARTA), 615),
        (datetime(2026, 11, 24, 23, 59, tzinfo=JAKARTA), 1439),
        (datetime(2026, 11, 25, 0, 30, tzinfo=JAKARTA), 1470),
        (datetime(2026, 11, 25, 5, 0, tzinfo=JAKARTA), 300),
    ],
)
def test_minute_of_business_day_continues_after_midnight(local: datetime, minute: int) -> None:
    assert minute_of_business_day(Cinema(time_zone="Asia/Jakarta"), local) == minute


@pytest.mark.django_db
def test_price_card_of_the_cinema_overrides_the_chains() -> None:
    studio = make_studio()
    card(40_000)
    card(45_000, cinema=studio.cinema)
    card(99_000, cinema=make_cinema())

    assert base_price_rupiah(studio, "2D", TUESDAY_EVENING) == 45_000
    assert base_price_rupiah(make_studio(), "2D", TUESDAY_EVENING) == 40_000


@pytest.mark.django_db
def test_price_latest_begun_card_holds() -> None:
    studio = make_studio()
    card(35_000)
    card(45_000, from_minute=17 * 60)
    card(50_000, from_minute=20 * 60)

    assert [
        base_price_rupiah(studio, "2D", TUESDAY_EVENING.replace(hour=hour))
        for hour in (10, 16, 17, 19, 20, 23)
    ] == [35_000, 35_000, 45_000, 45_000, 50_000, 50_000]


@pytest.mark.django_db
def test_price_after_midnight_is_the_evening_before() -> None:
    studio = make_studio()
    card(35_000)
    card(45_000, from_minute=17 * 60)
    card(70_000, day_kind=DayKind.WEEKEND)

    friday_night = datetime(2026, 11, 27, 0, 30, tzinfo=JAKARTA)  # Thursday's last show
    assert base_price_rupiah(studio, "2D", friday_night) == 45_000


@pytest.mark.django_db
def test_price_day_is_the_cinemas_own() -> None:
    card(40_000)
    card(55_000, day_kind=DayKind.FRIDAY)
    at = datetime(2026, 11, 26, 20, 30, tzinfo=ZoneInfo("UTC"))  # 03:30 WIB, 05:30 WIT on Friday

    east = make_studio(make_cinema(time_zone="Asia/Jayapura"))
    west = make_studio(make_cinema(time_zone="Asia/Jakarta"))
    assert base_price_rupiah(east, "2D", at) == 55_000
    assert base_price_rupiah(west, "2D", at) == 40_000


@pytest.mark.django_db
def test_price_without_fitting_card_is_refused() -> None:
    studio = make_studio(name="Studio 7")
    card(60_000, screen_format="3D")
    card(60_000, studio_class="premiere")

    with pytest.raises(PriceMissing) as refusal:
        base_price_rupiah(studio, "2D", TUESDAY_EVENING)

    assert refusal.value.facts == {
        "studio": "Studio 7",
        "screen_format": "2D",
        "day_kind": "weekday",
    }
