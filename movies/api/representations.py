"""API representations of catalogue records, in the reader's language."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from movies.catalogue import listings
from movies.catalogue.availability import Availability
from movies.catalogue.catalogue import Catalogue
from movies.catalogue.records import CinemaRecord, MovieRecord, ShowtimeRecord, StudioRecord
from movies.models import Cinema, Movie, Studio


def instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def cinema(cinema: CinemaRecord) -> dict[str, Any]:
    return asdict(cinema) | {"updated_at": instant(cinema.updated_at)}


def status(movie: MovieRecord, catalogue: Catalogue, at: datetime) -> str:
    if listings.is_coming_soon(movie, at):
        return "coming_soon"
    is_shown = any(entry.movie_id == movie.id for entry in catalogue.movie_days(at))
    return "now_showing" if is_shown else "not_showing"


def movie(movie: MovieRecord, catalogue: Catalogue, at: datetime) -> dict[str, Any]:
    return {
        "id": movie.id,
        "slug": movie.slug,
        "title": movie.title,
        "title_id": movie.title_id,
        "title_en": movie.title_en,
        "status": status(movie, catalogue, at),
        "synopsis": movie.synopsis,
        "duration_minutes": movie.duration_minutes,
        "classification": movie.classification,
        "genres": [{"slug": genre.slug, "name": genre.name} for genre in movie.genres],
        "release_date": movie.release_date,
        "original_language": movie.original_language,
        "country": movie.country,
        "director": movie.director,
        "cast": movie.cast,
        "distributor": movie.distributor,
        "is_indonesian": movie.is_indonesian,
        "attribution": movie.attribution,
        "trailer_url": movie.trailer_url,
        "poster_url": file_address(movie.poster_url),
        "posters": [{"url": file_address(each.url), "width": each.width} for each in movie.posters],
        "updated_at": instant(movie.updated_at),
    }


def file_address(url: str) -> str:
    """The whole address of an uploaded file, which may be on this server or elsewhere."""
    return f"{settings.SITE_URL}{url}" if url.startswith("/") else url


def showtime(
    showtime: ShowtimeRecord,
    movie: MovieRecord,
    cinema: CinemaRecord,
    availability: Availability,
    at: datetime,
) -> dict[str, Any]:
    studio = next(studio for studio in cinema.studios if studio.id == showtime.studio_id)
    return {
        "id": showtime.id,
        "movie": movie_in_brief(movie),
        "cinema": cinema_in_brief(cinema),
        "studio": studio_in_brief(studio),
        "starts_at": instant(showtime.starts_at),
        "local_starts_at": showtime.starts_at.astimezone(cinema.zone).isoformat(timespec="seconds"),
        "film_ends_at": instant(showtime.film_ends_at),
        "local_film_ends_at": showtime.film_ends_at.astimezone(cinema.zone).isoformat(
            timespec="seconds"
        ),
        "business_date": showtime.business_date,
        "screen_format": showtime.screen_format,
        "audio_language": showtime.audio_language,
        "subtitle_language": showtime.subtitle_language,
        "sale_opens_at": instant(showtime.sale_opens_at),
        "sale_closes_at": instant(showtime.sale_closes_at),
        "cancelled_at": instant(showtime.cancelled_at) if showtime.cancelled_at else None,
        "is_on_sale": showtime.is_on_sale(at),
        "availability": availability.state,
        "together": availability.together_if_few,
        "from_price_rupiah": availability.price.total_rupiah if availability.price else None,
        "fee_rupiah": settings.SERVICE_FEE_RUPIAH,
        "base_price_rupiah": showtime.base_price_rupiah,
        "updated_at": instant(showtime.updated_at),
    }


def movie_in_brief(movie: MovieRecord | Movie) -> dict[str, Any]:
    return {
        "id": movie.id,
        "slug": movie.slug,
        "title": movie.title,
        "duration_minutes": movie.duration_minutes,
        "classification": movie.classification,
    }


def cinema_in_brief(cinema: CinemaRecord | Cinema) -> dict[str, Any]:
    return {
        "id": cinema.id,
        "slug": cinema.slug,
        "name": cinema.name,
        "city": cinema.city,
        "city_slug": cinema.city_slug,
        "time_zone": cinema.time_zone,
    }


def studio_in_brief(studio: StudioRecord | Studio) -> dict[str, Any]:
    return {"id": studio.id, "name": studio.name, "studio_class": studio.studio_class}
