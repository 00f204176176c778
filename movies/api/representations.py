"""The catalogue as the API tells it: plain data, in the reader's language."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from movies.catalogue import listings
from movies.catalogue.catalogue import Catalogue, Film, Place, Showing


def instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def cinema(place: Place) -> dict[str, Any]:
    return asdict(place)


def status(film: Film, catalogue: Catalogue, at: datetime) -> str:
    if listings.is_coming_soon(film, at):
        return "coming_soon"
    is_shown = any(run.movie_id == film.id for run in catalogue.runs(at))
    return "now_showing" if is_shown else "not_showing"


def movie(film: Film, catalogue: Catalogue, at: datetime) -> dict[str, Any]:
    poster = film.poster_url
    return {
        "id": film.id,
        "slug": film.slug,
        "title": film.title,
        "title_id": film.title_id,
        "title_en": film.title_en,
        "status": status(film, catalogue, at),
        "synopsis": film.synopsis,
        "duration_minutes": film.duration_minutes,
        "classification": film.classification,
        "genres": [{"slug": genre.slug, "name": genre.name} for genre in film.genres],
        "release_date": film.release_date,
        "original_language": film.original_language,
        "country": film.country,
        "director": film.director,
        "cast": film.cast,
        "distributor": film.distributor,
        "is_indonesian": film.is_indonesian,
        "attribution": film.attribution,
        "trailer_url": film.trailer_url,
        "poster_url": f"{settings.SITE_URL}{poster}" if poster.startswith("/") else poster,
    }


def showtime(showing: Showing, film: Film, place: Place, at: datetime) -> dict[str, Any]:
    hall = next(hall for hall in place.studios if hall.id == showing.studio_id)
    return {
        "id": showing.id,
        "movie": {
            "id": film.id,
            "slug": film.slug,
            "title": film.title,
            "duration_minutes": film.duration_minutes,
            "classification": film.classification,
        },
        "cinema": {
            "id": place.id,
            "slug": place.slug,
            "name": place.name,
            "city": place.city,
            "city_slug": place.city_slug,
            "time_zone": place.time_zone,
        },
        "studio": asdict(hall),
        "starts_at": instant(showing.starts_at),
        "local_starts_at": showing.starts_at.astimezone(place.zone).isoformat(timespec="seconds"),
        "business_date": showing.business_date,
        "screen_format": showing.screen_format,
        "audio_language": showing.audio_language,
        "subtitle_language": showing.subtitle_language,
        "sale_opens_at": instant(showing.sale_opens_at),
        "sale_closes_at": instant(showing.sale_closes_at),
        "is_on_sale": showing.is_on_sale(at),
        "base_price_rupiah": showing.base_price_rupiah,
    }
