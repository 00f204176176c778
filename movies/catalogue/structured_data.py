"""schema.org data of films, cinemas and showtimes, in the reader's language."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse

from movies.catalogue.availability import SaleState
from movies.catalogue.listings import MovieListing, TimeSlot
from movies.catalogue.records import CinemaRecord, MovieRecord
from movies.models import ScreenFormat

COUNTRY = "ID"
OFFER_AVAILABILITY = {
    SaleState.NOT_YET: "PreOrder",
    SaleState.CANCELLED: "Discontinued",
    SaleState.CLOSED: "OutOfStock",
    SaleState.OVER: "OutOfStock",
    SaleState.SOLD_OUT: "SoldOut",
    SaleState.ALMOST_FULL: "LimitedAvailability",
    SaleState.FEW_TOGETHER: "InStock",
    SaleState.AVAILABLE: "InStock",
}


def movie(film: MovieRecord) -> dict[str, Any]:
    data: dict[str, Any] = {
        "@type": "Movie",
        "@id": _url("movies:film", film.slug),
        "url": _url("movies:film", film.slug),
        "name": film.title,
        "description": film.synopsis,
        "duration": f"PT{film.duration_minutes}M",
        "contentRating": film.classification,
        "genre": [genre.name for genre in film.genres],
        "datePublished": film.release_date.isoformat(),
        "inLanguage": film.original_language,
        "countryOfOrigin": {"@type": "Country", "name": film.country},
        "director": {"@type": "Person", "name": film.director},
        "image": _url("movies:film_image", film.slug),
    }
    if film.other_title:
        data["alternateName"] = film.other_title
    if film.cast:
        names = [name.strip() for name in film.cast.split(",")]
        data["actor"] = [{"@type": "Person", "name": name} for name in names if name]
    if film.trailer_url:
        data["trailer"] = {
            "@type": "VideoObject",
            "name": film.title,
            "description": film.synopsis,
            "url": film.trailer_url,
            "thumbnailUrl": _url("movies:film_image", film.slug),
            "uploadDate": film.release_date.isoformat(),
        }
    return data


def movie_theater(cinema: CinemaRecord) -> dict[str, Any]:
    data: dict[str, Any] = {
        "@type": "MovieTheater",
        "@id": _url("movies:cinema", cinema.slug),
        "url": _url("movies:cinema", cinema.slug),
        "name": cinema.name,
        "telephone": cinema.phone,
        "screenCount": len(cinema.studios),
        "address": _address(cinema),
    }
    if cinema.latitude is not None:
        geo = {"latitude": cinema.latitude, "longitude": cinema.longitude}
        data["geo"] = {"@type": "GeoCoordinates", **geo}
    return data


def screenings(listing: MovieListing) -> list[dict[str, Any]]:
    """A ScreeningEvent for each showtime, with an offer of its cheapest free seat."""
    return [
        _screening(listing.movie, each.cinema, slot)
        for each in listing.cinemas
        for slot in each.slots
    ]


def _screening(film: MovieRecord, cinema: CinemaRecord, slot: TimeSlot) -> dict[str, Any]:
    showtime = slot.showtime
    event: dict[str, Any] = {
        "@type": "ScreeningEvent",
        "name": film.title,
        "url": _url("seating:seat_map", showtime.id),
        "startDate": slot.local.isoformat(),
        "endDate": slot.local_end.isoformat(),
        "eventStatus": "https://schema.org/EventScheduled",
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "inLanguage": showtime.audio_language,
        "videoFormat": "3D" if showtime.screen_format == ScreenFormat.THREE_D else "2D",
        "image": _url("movies:film_image", film.slug),
        "workPresented": {
            "@type": "Movie",
            "@id": _url("movies:film", film.slug),
            "name": film.title,
            "contentRating": film.classification,
        },
        "location": {
            "@type": "MovieTheater",
            "name": f"{cinema.name}, {slot.studio.name}",
            "address": _address(cinema),
        },
        "offers": _offer(slot),
    }
    if showtime.subtitle_language:
        event["subtitleLanguage"] = showtime.subtitle_language
    return event


def _offer(slot: TimeSlot) -> dict[str, Any]:
    offer: dict[str, Any] = {
        "@type": "Offer",
        "url": _url("seating:seat_map", slot.showtime.id),
        "priceCurrency": settings.CURRENCY,
        "availability": f"https://schema.org/{OFFER_AVAILABILITY[slot.availability.state]}",
        "validFrom": slot.showtime.sale_opens_at.isoformat(),
    }
    if slot.availability.price is not None:
        offer["price"] = slot.availability.price.total_rupiah
    return offer


def _address(cinema: CinemaRecord) -> dict[str, str]:
    return {
        "@type": "PostalAddress",
        "streetAddress": cinema.address,
        "addressLocality": cinema.city,
        "addressCountry": COUNTRY,
    }


def _url(name: str, *args: object) -> str:
    return settings.SITE_URL + reverse(name, args=args)
