"""Creation of the demo chain in an empty installation: cinemas, prices, films, users.

Done once, all or nothing. Afterwards managers may change or delete any of it; nothing is restored.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from accounts.models import User
from bookings.models import CancellationTier, TicketType, Voucher
from demo import chain
from demo.chain import DayPrices, DemoCinema
from demo.films import films
from demo.programme import TRAILERS_MINUTES
from movies.models import Cinema, DayKind, Genre, Movie, PriceCard, Role, Studio, TaxRule
from movies.staff.assignments import assign_role
from seating.layouts.publishing import publish_layout
from seating.models import CategorySurcharge

HOME_ZONE = ZoneInfo("Asia/Jakarta")
VOUCHERS_VALID_BEFORE_DAYS = 30
TAXED_FROM = date(2024, 1, 5)  # start date of the law of 2022


def is_open() -> bool:
    slugs = {cinema.slug for cinema in chain.CINEMAS}
    return Cinema.objects.filter(slug__in=slugs).count() == len(slugs)


@transaction.atomic
def open_chain(at: datetime) -> None:
    people = _people()
    for cinema in chain.CINEMAS:
        _open_cinema(cinema, people[cinema.manager_email], at)
    PriceCard.objects.bulk_create(_price_cards())
    TaxRule.objects.bulk_create(
        TaxRule(
            city_slug=rule.city_slug,
            film_origin=rule.film_origin,
            basis_points=rule.basis_points,
            legal_reference=rule.legal_reference,
            valid_from=TAXED_FROM,
            is_corrected=True,
        )
        for rule in chain.TAX_RULES
    )
    CategorySurcharge.objects.bulk_create(
        (
            CategorySurcharge(category=category, surcharge_rupiah=surcharge_rupiah)
            for category, surcharge_rupiah in chain.CATEGORY_SURCHARGES.items()
        ),
        ignore_conflicts=True,
    )
    _ticket_types_and_vouchers(at)
    _cancellation_tiers()
    _films(at.astimezone(HOME_ZONE).date())


def _people() -> dict[str, User]:
    """Create all users with one shared password hash: hashing is slow on purpose."""
    password = make_password(chain.PASSWORD)
    admin = chain.CHAIN_ADMIN
    users = [
        User(email=admin.email, name=admin.name, is_staff=True, is_superuser=True),
        *(
            User(email=cinema.manager_email, name=cinema.manager_name, is_staff=True)
            for cinema in chain.CINEMAS
        ),
        *(
            User(
                email=visitor.email,
                name=visitor.name,
                phone=visitor.phone,
                language=visitor.language,
            )
            for visitor in chain.CUSTOMERS
        ),
    ]
    for user in users:
        user.password = password
    User.objects.bulk_create(users)
    EmailAddress.objects.bulk_create(
        EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in users
    )
    return {user.email: user for user in users}


def _open_cinema(demo_cinema: DemoCinema, manager: User, at: datetime) -> None:
    cinema = Cinema.objects.create(
        name=demo_cinema.name,
        slug=demo_cinema.slug,
        city=demo_cinema.city,
        city_slug=demo_cinema.city_slug,
        address=demo_cinema.address,
        phone=demo_cinema.phone,
        time_zone=demo_cinema.time_zone,
        latitude=demo_cinema.latitude,
        longitude=demo_cinema.longitude,
    )
    assign_role(user=manager, role=Role.MANAGER, cinema=cinema, by=None, at=at)
    for demo_studio in demo_cinema.studios:
        studio = Studio.objects.create(
            cinema=cinema,
            name=demo_studio.name,
            studio_class=demo_studio.studio_class,
            trailers_minutes=TRAILERS_MINUTES,
            cleaning_minutes=demo_studio.cleaning_minutes,
        )
        publish_layout(studio, demo_studio.grid)


def _price_cards() -> Iterator[PriceCard]:
    cinemas = {cinema.slug: cinema for cinema in Cinema.objects.all()}
    lists = [(None, chain.CHAIN_PRICES)] + [
        (cinemas[slug], prices) for slug, prices in chain.CINEMA_PRICES.items()
    ]
    for cinema, prices in lists:
        for (studio_class, screen_format), day_prices in prices.items():
            for day_kind, from_minute, price_rupiah in _moments(day_prices):
                yield PriceCard(
                    cinema=cinema,
                    studio_class=studio_class,
                    screen_format=screen_format,
                    day_kind=day_kind,
                    from_minute=from_minute,
                    price_rupiah=price_rupiah,
                )


def _moments(prices: DayPrices) -> tuple[tuple[DayKind, int, int], ...]:
    evening = chain.EVENING_FROM_MINUTE
    return (
        (DayKind.WEEKDAY, 0, prices.weekday),
        (DayKind.WEEKDAY, evening, prices.weekday_evening),
        (DayKind.FRIDAY, 0, prices.friday),
        (DayKind.FRIDAY, evening, prices.friday_evening),
        (DayKind.WEEKEND, 0, prices.weekend),
    )


def _ticket_types_and_vouchers(at: datetime) -> None:
    TicketType.objects.bulk_create(
        TicketType(
            code=kind.code,
            name_id=kind.name_id,
            name_en=kind.name_en,
            rule_id=kind.rule_id,
            rule_en=kind.rule_en,
            price_percent=kind.price_percent,
            classifications=list(kind.classifications),
            position=position,
        )
        for position, kind in enumerate(chain.TICKET_TYPES)
    )
    Voucher.objects.bulk_create(
        Voucher(
            code=voucher.code,
            kind=voucher.kind,
            value=voucher.value,
            valid_from=at - timedelta(days=VOUCHERS_VALID_BEFORE_DAYS),
            valid_until=at + timedelta(days=voucher.valid_days),
            max_uses=voucher.max_uses,
        )
        for voucher in chain.VOUCHERS
    )


def _cancellation_tiers() -> None:
    CancellationTier.objects.bulk_create(
        CancellationTier(
            hours_before=tier.hours_before,
            refund_percent=tier.refund_percent,
            is_fee_refunded=tier.is_fee_refunded,
        )
        for tier in chain.CANCELLATION_TIERS
    )


def _films(today: date) -> None:
    genres = {
        genre.slug: Genre.objects.create(
            slug=genre.slug, name_id=genre.name_id, name_en=genre.name_en
        )
        for genre in films.GENRES
    }
    for film in films.FILMS:
        movie = Movie.objects.create(
            slug=film.slug,
            title_id=film.title_id,
            title_en=film.title_en,
            synopsis_id=film.synopsis_id,
            synopsis_en=film.synopsis_en,
            duration_minutes=film.duration_minutes,
            classification=film.classification,
            release_date=today + timedelta(days=film.release_offset_days),
            original_language=film.original_language,
            country=film.country,
            director=film.director,
            cast=film.cast,
            distributor=film.distributor,
            is_indonesian=film.is_indonesian,
            attribution=film.attribution,
            poster=_stored_poster(film),
        )
        movie.genres.set(genres[slug] for slug in film.genres)


def _stored_poster(film: films.Film) -> str:
    """Store the poster and return its name; replaces one of an earlier installation."""
    name = f"posters/{film.slug}.svg"
    default_storage.delete(name)
    return default_storage.save(name, ContentFile(film.poster.read_bytes()))
