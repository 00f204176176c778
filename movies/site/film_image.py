"""Image of a film for shared links (Open Graph), drawn once and then cached."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from threading import Lock

import orjson
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.errors import NotFound
from movies.catalogue.catalogue import Catalogue
from movies.catalogue.records import MovieRecord
from movies.models import Movie

TEMPLATE = Path(__file__).parent / "film_image.typ"
FONTS = settings.BASE_DIR / "bookings" / "tickets" / "fonts"
POSTER_SUFFIXES = frozenset((".svg", ".png", ".jpg", ".jpeg", ".webp", ".gif"))
PIXELS_PER_INCH = 72.0
CACHED_SECONDS = 7 * 24 * 60 * 60
MAX_AGE_SECONDS = 24 * 60 * 60

_drawing = Lock()  # one at a time in a process: it takes a core


@require_safe
def film_image(request: HttpRequest, slug: str) -> HttpResponse:
    movie = next((each for each in Catalogue.current().movies() if each.slug == slug), None)
    if movie is None:
        raise NotFound
    response = HttpResponse(_image(movie), content_type="image/png")
    response.headers["Cache-Control"] = f"public, max-age={MAX_AGE_SECONDS}"
    return response


def _image(movie: MovieRecord) -> bytes:
    facts = _facts(movie)
    digest = hashlib.blake2b(facts + movie.poster_url.encode(), digest_size=12).hexdigest()
    key = f"film-image:{digest}"
    image: bytes | None = cache.get(key)
    if image is None:
        with _drawing:
            image = cache.get(key) or _draw(movie, facts)
        cache.set(key, image, CACHED_SECONDS)
    return image


def _facts(movie: MovieRecord) -> bytes:
    parts = [_("%(minutes)d min") % {"minutes": movie.duration_minutes}]
    parts += [genre.name for genre in movie.genres]
    return orjson.dumps(
        {
            "site": settings.SITE_NAME,
            "language": get_language() or settings.LANGUAGE_CODE,
            "title": movie.title,
            "classification": movie.classification,
            "facts": " · ".join(parts),
        }
    )


def _draw(movie: MovieRecord, facts: bytes) -> bytes:
    """PNG with the poster; without it if its file cannot be drawn."""
    import typst  # slow to load, and most processes do not need it

    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / TEMPLATE.name).write_bytes(TEMPLATE.read_bytes())
        poster = _save_poster(movie, root)
        for name in dict.fromkeys((poster, "")):
            data = orjson.dumps(orjson.loads(facts) | {"poster": name}).decode()
            try:
                image = typst.compile(
                    root / TEMPLATE.name,
                    root=root,
                    font_paths=[FONTS],
                    ignore_system_fonts=True,
                    format="png",
                    ppi=PIXELS_PER_INCH,
                    sys_inputs={"data": data},
                )
            except typst.TypstError:
                if not name:
                    raise
            else:
                return bytes(image)
    raise AssertionError("the image without a poster was drawn or has failed")


def _save_poster(movie: MovieRecord, root: Path) -> str:
    """Name of the poster's copy in ``root``; empty without a poster."""
    poster = Movie.objects.get(pk=movie.id).poster
    suffix = Path(poster.name or "").suffix.lower()
    if suffix not in POSTER_SUFFIXES:
        return ""
    name = f"poster{suffix}"
    try:
        with poster.open("rb") as file:
            (root / name).write_bytes(file.read())
    except OSError:
        return ""
    return name
