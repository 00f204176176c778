"""The price preview of the office equals the price a customer pays."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from bookings.orders.price_preview import PreviewRow, preview
from movies.models import DayKind, FilmOrigin, PriceCard, Studio, TaxRule
from movies.scheduling.pricing import PriceMissing
from movies.scheduling.showtimes import ShowtimeDraft, schedule_showtimes
from seating.layouts.publishing import publish_layout
from seating.models import CategorySurcharge
from tests.bookings.fixtures import hold_of, order_of, seat_ids
from tests.factories import (
    make_cinema,
    make_manager,
    make_movie,
    make_studio,
    make_ticket_type,
    make_user,
)

pytestmark = pytest.mark.django_db

JAKARTA = ZoneInfo("Asia/Jakarta")
CHRISTMAS = datetime(2026, 12, 25, 19, 0, tzinfo=JAKARTA)  # a Friday
PAGE = reverse("admin:bookings_price_preview")


@pytest.fixture
def studio() -> Studio:
    """A studio with regular and couple seats; a weekend card of the chain and an evening card of
    the cinema."""
    studio = make_studio()
    publish_layout(studio, "A  rrcc")
    CategorySurcharge.objects.update_or_create(
        category="couple", defaults={"surcharge_rupiah": 25_000}
    )
    make_ticket_type()
    make_ticket_type("child", name_en="Child", name_id="Anak", price_percent=75, position=1)
    for cinema, minute, price in ((None, 0, 50_000), (studio.cinema, 1_080, 60_000)):
        PriceCard.objects.create(
            cinema=cinema,
            studio_class="regular",
            screen_format="2D",
            day_kind=DayKind.WEEKEND,
            from_minute=minute,
            price_rupiah=price,
        )
    return studio


def test_preview_names_the_rule_and_every_price(studio: Studio) -> None:
    shown = preview(studio, "2D", CHRISTMAS)

    assert (shown.card.cinema, shown.from_hour, shown.business_date) == (
        studio.cinema,
        "18:00",
        CHRISTMAS.date(),
    )
    assert shown.holiday != ""
    assert len(shown.ticket_types) == 2
    assert [(row.surcharge_rupiah, row.tickets_rupiah) for row in shown.rows] == [
        (0, (63_000, 48_000)),
        (25_000, (88_000, 66_750)),
    ]
    assert isinstance(shown.rows[0], PreviewRow)
    assert shown.fee_rupiah == 3_000
    assert [(tax.rate, tax.is_assumed, tax.tax_rupiah) for tax in shown.taxes] == [
        ("10 %", True, 5_455),
        ("10 %", True, 5_455),
    ]


def test_preview_names_the_tax_rule_of_each_origin(studio: Studio) -> None:
    TaxRule.objects.create(
        city_slug=studio.cinema.city_slug,
        film_origin=FilmOrigin.NATIONAL,
        basis_points=750,
        legal_reference="Perda 1/2024",
        valid_from=CHRISTMAS.date(),
    )

    with translation.override("en"):
        national, imported = preview(studio, "2D", CHRISTMAS).taxes

    assert (national.origin, national.rate, national.rule, national.tax_rupiah) == (
        "national films",
        "7.5 %",
        "Perda 1/2024",
        4_186,
    )
    assert (imported.rate, imported.is_assumed) == ("10 %", True)


def test_preview_before_the_cinemas_hour_is_the_chains(studio: Studio) -> None:
    shown = preview(studio, "2D", CHRISTMAS - timedelta(hours=2))

    assert (shown.card.cinema, shown.card.price_rupiah) == (None, 50_000)


def test_preview_after_midnight_is_of_the_evening_before(studio: Studio) -> None:
    shown = preview(studio, "2D", CHRISTMAS + timedelta(hours=6))

    assert (shown.business_date, shown.is_after_midnight) == (CHRISTMAS.date(), True)
    assert shown.card.price_rupiah == 60_000


def test_preview_is_what_a_customer_pays(studio: Studio) -> None:
    at = CHRISTMAS - timedelta(days=1)
    draft = ShowtimeDraft(
        studio=studio, movie=make_movie(), starts_at=CHRISTMAS, audio_language="Indonesia"
    )
    (showtime,) = schedule_showtimes([draft], at=at - timedelta(days=400))
    held = hold_of(showtime, seat_ids(showtime))

    booking = order_of(held)

    adults = [row.tickets_rupiah[0] for row in preview(studio, "2D", CHRISTMAS).rows]
    assert booking.total_rupiah == 2 * sum(adults)


def test_preview_without_a_card_reports_it(studio: Studio) -> None:
    with pytest.raises(PriceMissing):
        preview(studio, "3D", CHRISTMAS)


def ask(client: Client, studio: Studio, **other: str) -> str:
    wanted = {"studio": str(studio.pk), "screen_format": "2D"}
    when = {"day": CHRISTMAS.date().isoformat(), "hour": time(19).isoformat("minutes")}
    answer = client.get(PAGE, wanted | when | other, headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    return answer.content.decode()


def test_page_shows_the_rule_to_managers_of_the_cinema_only(client: Client, studio: Studio) -> None:
    client.force_login(make_manager(studio.cinema))
    assert client.get(PAGE).status_code == 200
    page = ask(client, studio)
    assert f"A card of {studio.cinema.name}:" in page
    for price in ("63,000", "48,000", "88,000", "66,750"):
        assert price in page
    assert "No price card fits this showtime." in ask(client, studio, screen_format="3D")
    client.force_login(make_manager(make_cinema()))
    assert "data-rule" not in ask(client, studio)
    client.force_login(make_user(is_staff=True))
    assert client.get(PAGE).status_code == 403


def test_price_cards_lead_to_the_preview(client: Client, studio: Studio) -> None:
    client.force_login(make_manager(studio.cinema))
    cards = client.get(reverse("admin:movies_pricecard_changelist")).content.decode()
    way = reverse("admin:movies_pricecard_preview")

    assert way in cards
    assert client.get(way)["Location"] == PAGE
