"""Managers' office: own cinemas only, within a manager's permissions."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from movies.models import Cinema, Genre, Movie, PriceCard
from tests.factories import make_user
from tests.movies.chain import Chain

OFFICE = "/admin/movies"


def errors(response: Any) -> dict[str, list[str]]:
    return {name: list(found) for name, found in response.context["adminform"].errors.items()}


def listed(client: Client, model: str) -> list[int]:
    response = client.get(f"{OFFICE}/{model}/")
    assert response.status_code == 200
    return sorted(response.context["cl"].queryset.values_list("pk", flat=True))


def test_manager_lists_own_cinemas_only(office: Client, chain: Chain) -> None:
    assert {
        "cinema": listed(office, "cinema"),
        "studio": listed(office, "studio"),
        "showtime": listed(office, "showtime"),
    } == {
        "cinema": [chain.menteng.pk],
        "studio": [chain.west.pk],
        "showtime": sorted([chain.tonight.pk, chain.late.pk, chain.tomorrow.pk]),
    }
    assert len(listed(office, "movie")) == Movie.objects.count()


def test_superuser_lists_everything(head_office: Client, chain: Chain) -> None:
    assert listed(head_office, "cinema") == sorted([chain.menteng.pk, chain.jayapura.pk])
    assert len(listed(head_office, "showtime")) == 4


@pytest.mark.parametrize("model", ["cinema", "studio", "showtime"])
def test_row_of_another_cinema_is_not_there(office: Client, chain: Chain, model: str) -> None:
    foreign = {"cinema": chain.jayapura, "studio": chain.east, "showtime": chain.in_the_east}[model]
    own = {"cinema": chain.menteng, "studio": chain.west, "showtime": chain.tonight}[model]

    assert office.get(f"{OFFICE}/{model}/{own.pk}/change/").status_code == 200
    response = office.get(f"{OFFICE}/{model}/{foreign.pk}/change/")
    assert (response.status_code, response.headers["Location"]) == (302, "/admin/")
    office.post(f"{OFFICE}/{model}/{foreign.pk}/change/", {"name": "Taken over"})
    foreign.refresh_from_db()
    assert "Taken over" not in str(foreign)


@pytest.mark.parametrize("model", ["cinema", "studio", "genre", "movie", "showtime", "pricecard"])
@pytest.mark.parametrize("who", ["anonymous", "customer", "staff without a cinema"])
def test_office_is_closed_to_others(client: Client, chain: Chain, model: str, who: str) -> None:
    if who != "anonymous":
        client.force_login(make_user(is_staff=who.startswith("staff")))
    expected = 403 if who.startswith("staff") else 302
    assert client.get(f"{OFFICE}/{model}/").status_code == expected
    assert client.get(f"{OFFICE}/{model}/add/").status_code == expected


@pytest.mark.parametrize("model", ["cinema", "studio", "genre", "movie"])
def test_manager_opens_no_cinemas_and_adds_no_films(office: Client, model: str) -> None:
    assert office.get(f"{OFFICE}/{model}/add/").status_code == 403
    assert office.post(f"{OFFICE}/{model}/add/", {}).status_code == 403


def test_manager_cannot_move_clocks(office: Client, chain: Chain) -> None:
    office.post(
        f"{OFFICE}/cinema/{chain.menteng.pk}/change/",
        {
            "address": "Jl. Baru 2",
            "phone": "021",
            "time_zone": "UTC",
            "slug": "mine",
        },
    )
    chain.menteng.refresh_from_db()

    assert (chain.menteng.address, chain.menteng.phone) == ("Jl. Baru 2", "021")
    assert (chain.menteng.time_zone, chain.menteng.slug) == ("Asia/Jakarta", "layar-menteng")


def test_chain_cannot_move_the_clock_of_a_cinema_with_studios(
    head_office: Client, chain: Chain
) -> None:
    """Its showtimes were sold for the hour on that clock."""
    page = f"{OFFICE}/cinema/{chain.menteng.pk}/change/"
    form = head_office.get(page).context["adminform"].form
    facts = {name: form.initial.get(name) or "" for name in form.fields}

    answer = head_office.post(page, facts | {"phone": "021", "time_zone": "Asia/Makassar"})

    chain.menteng.refresh_from_db()
    assert answer.status_code == 302
    assert (chain.menteng.phone, chain.menteng.time_zone) == ("021", "Asia/Jakarta")


def test_price_cards_of_the_chain_are_read_and_own_ones_changed(
    office: Client, chain: Chain
) -> None:
    fields = {"studio_class": "regular", "screen_format": "2D", "day_kind": "weekday"}
    whole = PriceCard.objects.create(**fields, price_rupiah=40_000)
    own = PriceCard.objects.create(**fields, cinema=chain.menteng, price_rupiah=45_000)
    foreign = PriceCard.objects.create(**fields, cinema=chain.jayapura, price_rupiah=50_000)

    def change(card: PriceCard, **changes: object) -> None:
        data = fields | {"from_minute": "18.30", "price_rupiah": "42000"}
        typed = data | {"cinema": chain.menteng.pk} | changes
        office.post(f"{OFFICE}/pricecard/{card.pk}/change/", typed)

    assert listed(office, "pricecard") == sorted([whole.pk, own.pk])
    for card in (whole, own, foreign):
        change(card)
    change(own, cinema="")  # would make it a card of the chain
    change(own, cinema=str(chain.jayapura.pk))
    saved = PriceCard.objects.order_by("pk").values_list("cinema", "price_rupiah", "from_minute")
    assert list(saved) == [
        (None, 40_000, 0),
        (chain.menteng.pk, 42_000, 18 * 60 + 30),
        (chain.jayapura.pk, 50_000, 0),
    ]
    form = office.get(f"{OFFICE}/pricecard/{own.pk}/change/").context["adminform"].form
    assert form["from_minute"].value() == "18:30"


def picture(format: str) -> bytes:
    data = BytesIO()
    Image.new("RGB", (20, 30), "navy").save(data, format)
    return data.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "is_accepted"),
    [
        ("poster.png", picture("PNG"), True),
        ("poster.jpg", picture("JPEG"), True),
        ("poster.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", False),
        ("poster.png", b"<html><script>alert(1)</script>", False),
        ("poster.png", picture("GIF"), False),
        ("poster.png", b"", False),
        ("poster.png", picture("PNG") + b"\0" * (5 * 1024 * 1024), False),
    ],
)
def test_poster_is_a_picture(
    head_office: Client,
    chain: Chain,
    settings: Any,
    tmp_path: Any,
    name: str,
    content: bytes,
    is_accepted: bool,
) -> None:
    settings.MEDIA_ROOT = tmp_path
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
    drama = Genre.objects.get(slug="drama")
    data = {
        field.name: str(field.value_from_object(chain.rain))
        for field in Movie._meta.fields
        if field.name not in ("id", "poster", "is_indonesian")
    }
    response = head_office.post(
        f"{OFFICE}/movie/{chain.rain.pk}/change/",
        data | {"genres": [drama.pk], "poster": SimpleUploadedFile(name, content)},
    )
    chain.rain.refresh_from_db()

    assert response.status_code == (302 if is_accepted else 200)
    assert bool(chain.rain.poster) == is_accepted


def test_office_pages_open(head_office: Client, chain: Chain) -> None:
    own = {
        "cinema": chain.menteng.pk,
        "studio": chain.west.pk,
        "genre": Genre.objects.get(slug="drama").pk,
        "movie": chain.rain.pk,
        "showtime": chain.tonight.pk,
    }
    for model, pk in own.items():
        for address in ("", "add/", f"{pk}/change/"):
            assert head_office.get(f"{OFFICE}/{model}/{address}").status_code == 200
    assert head_office.get(f"{OFFICE}/pricecard/").status_code == 200
    assert head_office.get(f"{OFFICE}/showtime/?q=hujan").status_code == 200


def test_new_cinema_with_nonsense_is_refused(head_office: Client) -> None:
    response = head_office.post(
        f"{OFFICE}/cinema/add/",
        {
            "name": "X",
            "slug": "not a slug",
            "city": "Y",
            "city_slug": "y",
            "address": "Z",
            "time_zone": "Mars/Olympus",
        },
    )
    assert sorted(errors(response)) == ["slug", "time_zone"]
    assert Cinema.objects.count() == 2


def test_unchanged_svg_poster_of_a_demo_film_is_kept(head_office: Client, chain: Chain) -> None:
    Movie.objects.filter(pk=chain.rain.pk).update(poster="posters/demo.svg")
    drama = Genre.objects.get(slug="drama")
    data = {
        field.name: str(field.value_from_object(chain.rain))
        for field in Movie._meta.fields
        if field.name not in ("id", "poster", "is_indonesian")
    }

    response = head_office.post(
        f"{OFFICE}/movie/{chain.rain.pk}/change/", data | {"genres": [drama.pk], "title_en": "Wet"}
    )

    chain.rain.refresh_from_db()
    assert response.status_code == 302
    assert (chain.rain.title_en, chain.rain.poster.name) == ("Wet", "posters/demo.svg")
