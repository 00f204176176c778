"""Holidays with joint leave days, the chain's changes, and the prices that follow from them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from movies.models import DayKind, Holiday, HolidayKind, PriceCard, Role
from movies.scheduling.holidays import HolidayCalendar, NamedDay
from movies.scheduling.pricing import PriceList
from tests.factories import make_cinema, make_showtime, make_staff, make_studio, make_user

CHRISTMAS_EVE, CHRISTMAS = date(2026, 12, 24), date(2026, 12, 25)  # a Thursday and a Friday
CALENDAR = reverse("admin:movies_holiday_changelist")
ADD = reverse("admin:movies_holiday_add")


def office(user: Any = None) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(user or make_user(is_staff=True, is_superuser=True))
    return client


def test_calendar_has_public_holidays_and_joint_leave_in_both_languages() -> None:
    found = {}
    for language in ("en", "id"):
        with translation.override(language):
            found[language] = HolidayCalendar().between(CHRISTMAS_EVE, CHRISTMAS)

    kinds = [HolidayKind.JOINT_LEAVE, HolidayKind.PUBLIC]
    days = [CHRISTMAS_EVE, CHRISTMAS]
    names = {
        "en": ["Christmas Joint Holiday", "Christmas Day"],
        "id": ["Cuti Bersama Hari Raya Natal", "Hari Raya Natal"],
    }
    assert found == {
        language: [NamedDay(*one) for one in zip(days, kinds, names[language], strict=True)]
        for language in names
    }


@pytest.mark.django_db
def test_changes_of_the_chain_decide() -> None:
    tuesday = date(2026, 12, 1)
    added = Holiday.objects.create(day=tuesday, kind="joint_leave", name="Election day")
    Holiday.objects.create(day=CHRISTMAS_EVE, kind="ordinary")
    calendar = HolidayCalendar.current()

    assert calendar.holiday(tuesday) == NamedDay(
        tuesday, HolidayKind.JOINT_LEAVE, "Election day", added.pk
    )
    assert [calendar.day_kind(day) for day in (tuesday, CHRISTMAS_EVE, CHRISTMAS)] == [
        DayKind.WEEKEND,
        DayKind.WEEKDAY,
        DayKind.WEEKEND,
    ]
    assert (calendar.name(CHRISTMAS_EVE), calendar.name(CHRISTMAS)) == ("", "Hari Raya Natal")


@pytest.mark.django_db
def test_price_of_a_showtime_follows_the_changed_calendar() -> None:
    studio = make_studio(make_cinema(time_zone="Asia/Jakarta"))
    for kind, price_rupiah in (("weekday", 40_000), ("weekend", 60_000)):
        PriceCard.objects.create(
            studio_class=studio.studio_class,
            screen_format="2D",
            day_kind=kind,
            price_rupiah=price_rupiah,
        )
    evening = datetime(2026, 12, 24, 19, 0, tzinfo=ZoneInfo("Asia/Jakarta"))
    as_delivered = PriceList.of([studio.cinema]).price_rupiah(studio, "2D", evening)

    Holiday.objects.create(day=CHRISTMAS_EVE, kind="ordinary")
    changed = PriceList.of([studio.cinema]).price_rupiah(studio, "2D", evening)

    assert (as_delivered, changed) == (60_000, 40_000)


@pytest.mark.django_db
def test_page_shows_the_coming_holidays_and_takes_a_change() -> None:
    showtime = make_showtime()
    day = showtime.business_date
    client = office()
    before = client.get(CALENDAR)

    answer = client.post(ADD, {"day": day, "kind": "public", "name": "Founding day"}, follow=True)

    today = showtime.studio.cinema.business_date(timezone.now())
    delivered = HolidayCalendar().between(today, today + timedelta(days=400))
    page = answer.content.decode()
    assert [one.day for one in before.context["holidays"]] == [one.day for one in delivered]
    assert Holiday.objects.values_list("day", "kind", "name").get() == (
        day,
        "public",
        "Founding day",
    )
    assert "1 planned showtime of that day keeps its price." in page
    assert f"?business_date__exact={day}" in page
    assert "Founding day" in page


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "saved"),
    [
        ({"kind": "public", "name": ""}, None),
        ({"kind": "ordinary", "name": "Not needed"}, ""),
        ({"kind": "joint_leave", "name": "Cuti bersama"}, "Cuti bersama"),
        ({"kind": "unknown", "name": "x"}, None),
    ],
)
def test_a_holiday_has_a_name_and_an_ordinary_day_has_none(
    fields: dict[str, str], saved: str | None
) -> None:
    answer = office().post(ADD, {"day": "2027-03-10", **fields})

    assert (answer.status_code, Holiday.objects.values_list("name", flat=True).first()) == (
        302 if saved is not None else 200,
        saved,
    )


@pytest.mark.django_db
def test_managers_of_one_cinema_read_the_calendar_only() -> None:
    client = office(make_staff(Role.MANAGER, make_cinema()))

    page = client.get(CALENDAR)
    answer = client.post(ADD, {"day": "2027-03-10", "kind": "public", "name": "x"})

    assert (page.status_code, page.context["may_change"], answer.status_code) == (200, False, 403)
    assert not Holiday.objects.exists()
