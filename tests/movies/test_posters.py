"""Uploaded posters: smaller copies, and what loads them."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template.loader import render_to_string
from django.test import Client
from PIL import Image

from movies.models import Genre, Movie
from movies.office import posters
from movies.office.posters import UnreadablePoster, resize_poster
from tests.movies.chain import Chain

EXIF_ORIENTATION = 0x0112
TURNED_RIGHT = 6


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def picture(
    size: tuple[int, int], format: str = "JPEG", mode: str = "RGB", orientation: int = 1
) -> bytes:
    data, exif = BytesIO(), Image.Exif()
    exif[EXIF_ORIENTATION] = orientation
    Image.new(mode, size).save(data, format, exif=exif)
    return data.getvalue()


def upload(client: Client, movie: Movie, **poster: Any) -> None:
    data = {
        field.name: str(field.value_from_object(movie))
        for field in Movie._meta.fields
        if field.name not in ("id", "poster", "is_indonesian", "resized_posters")
    }
    genres = [Genre.objects.get(slug="drama").pk]
    response = client.post(
        f"/admin/movies/movie/{movie.pk}/change/", data | {"genres": genres} | poster
    )
    assert response.status_code == 302
    movie.refresh_from_db()


def jpeg(name: str = "rain.jpg", size: tuple[int, int] = (2000, 3000)) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, picture(size))


def loaded(client: Client, url: str) -> tuple[str, str, tuple[int, int]]:
    response: Any = client.get(url)
    image = Image.open(BytesIO(b"".join(response.streaming_content)))
    return response.headers["Content-Type"], str(image.format), image.size


def test_large_poster_has_three_smaller_copies(head_office: Client, chain: Chain) -> None:
    upload(head_office, chain.rain, poster=jpeg())

    assert chain.rain.posters == [
        {"url": f"/media/posters/rain.jpg-{width}.webp", "width": width}
        for width in (160, 400, 800)
    ]
    assert [loaded(head_office, each["url"]) for each in chain.rain.posters] == [
        ("image/webp", "WEBP", size) for size in ((160, 240), (400, 600), (800, 1200))
    ]


def test_replaced_or_removed_poster_has_no_copies_of_the_old_one(
    head_office: Client, chain: Chain
) -> None:
    upload(head_office, chain.rain, poster=jpeg())
    first = chain.rain.posters
    upload(head_office, chain.rain, poster=jpeg(size=(600, 900)))

    name = chain.rain.poster.name
    assert name != "posters/rain.jpg"
    assert chain.rain.posters == [
        {"url": f"/media/{name}-{width}.webp", "width": width} for width in (160, 400, 600)
    ]
    assert loaded(head_office, first[0]["url"])[2] == (160, 240)  # cached pages still name it
    upload(head_office, chain.rain, **{"poster-clear": "on"})
    assert (chain.rain.poster_url, chain.rain.resized_posters) == ("", [])


def test_other_changes_of_a_film_keep_its_copies(head_office: Client, chain: Chain) -> None:
    upload(head_office, chain.rain, poster=jpeg())
    before = chain.rain.posters
    upload(head_office, chain.rain, title_en="Wet")

    assert (chain.rain.title_en, chain.rain.posters) == ("Wet", before)


def test_copies_of_another_poster_are_left_out(chain: Chain) -> None:
    chain.rain.resized_posters = [{"name": "posters/rain.jpg-160.webp", "width": 160}]
    chain.rain.poster = "posters/rain.jpg"
    assert [each["width"] for each in chain.rain.posters] == [160]
    for other in ("posters/rain.svg", "posters/rain_x1.jpg", ""):
        chain.rain.poster = other
        assert chain.rain.posters == []


def test_api_names_the_copies(head_office: Client, chain: Chain, settings: Any) -> None:
    chain.lantern.poster.save("lantern.svg", ContentFile(b"<svg/>"))
    upload(head_office, chain.rain, poster=jpeg())
    site = f"{settings.SITE_URL}/media/posters"

    def named(slug: str) -> Any:
        film = head_office.get(f"/api/v1/movies/{slug}").json()
        return film["poster_url"], film["posters"]

    assert named("hujan") == (
        f"{site}/rain.jpg",
        [{"url": f"{site}/rain.jpg-{width}.webp", "width": width} for width in (160, 400, 800)],
    )
    assert named("lentera") == (f"{site}/lantern.svg", [])


def test_pages_load_a_copy_that_fits(head_office: Client, chain: Chain) -> None:
    upload(head_office, chain.rain, poster=jpeg())
    page = head_office.get("/en/films/hujan/").content.decode()

    light, poster = re.findall(r"<img[^>]+>", page)[:2]
    assert light == ('<img src="/media/posters/rain.jpg-160.webp" alt="" width="400" height="600">')
    assert " ".join(poster.split()) == (
        '<img src="/media/posters/rain.jpg" srcset="/media/posters/rain.jpg-160.webp 160w, '
        '/media/posters/rain.jpg-400.webp 400w, /media/posters/rain.jpg-800.webp 800w" '
        'sizes="(min-width: 48rem) clamp(12rem, 20vw, 16.5rem), min(34vw, 9rem)" '
        'alt="Poster of Rain" width="400" height="600" fetchpriority="high" decoding="async">'
    )


@pytest.mark.parametrize("template", ["movies/_poster.html", "bookings/_booking_head.html"])
def test_image_has_copies_to_choose_from_only_if_there_are_some(
    chain: Chain, template: str
) -> None:
    showtime = chain.tonight
    movie = showtime.movie
    movie.poster = "posters/rain.jpg"

    def image() -> tuple[str, bool]:
        html = render_to_string(template, {"film": movie, "showtime": showtime})
        [tag] = re.findall(r"<img[^>]+>", html)
        return tag.split('src="')[1].split('"')[0], "posters/rain.jpg-160.webp 160w" in tag

    assert image() == ("/media/posters/rain.jpg", False)
    movie.resized_posters = [{"name": "posters/rain.jpg-160.webp", "width": 160}]
    assert image() == ("/media/posters/rain.jpg", True)


@pytest.mark.parametrize(
    ("content", "sizes"),
    [
        (picture((300, 450)), [(160, 240), (300, 450)]),
        (picture((100, 150)), [(100, 150)]),
        (picture((900, 1350), "PNG", "P"), [(160, 240), (400, 600), (800, 1200)]),
        (picture((900, 1350), "JPEG", "CMYK"), [(160, 240), (400, 600), (800, 1200)]),
        (picture((900, 1350), "WEBP", "RGBA"), [(160, 240), (400, 600), (800, 1200)]),
        (
            picture((1350, 900), orientation=TURNED_RIGHT),
            [(160, 240), (400, 600), (800, 1200)],
        ),
    ],
    ids=["small", "tiny", "palette", "cmyk", "transparent", "turned"],
)
def test_copies_are_upright_and_never_wider_than_the_poster(
    content: bytes, sizes: list[tuple[int, int]]
) -> None:
    copies = resize_poster(BytesIO(content))
    images = [Image.open(BytesIO(copy.content)) for copy in copies]

    assert [image.size for image in images] == sizes
    assert [copy.width for copy in copies] == [width for width, _ in sizes]
    assert [dict(image.getexif()) for image in images] == [{}] * len(sizes)


@pytest.mark.parametrize(
    "content",
    [picture((20, 30))[:-40], picture((2, 40_000), "PNG"), picture((20, 30), "GIF"), b""],
    ids=["truncated", "too tall for WebP", "of another format", "empty"],
)
def test_unreadable_poster_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadablePoster):
        resize_poster(BytesIO(content))


def test_poster_with_too_many_pixels_is_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posters, "PIXELS_MAX", 20 * 30 - 1)
    monkeypatch.setattr(Image.Image, "resize", None)  # would fail
    with pytest.raises(UnreadablePoster):
        resize_poster(BytesIO(picture((20, 30))))
