"""Example responses of the API documentation."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample

CINEMA: dict[str, Any] = {
    "id": 3,
    "slug": "layar-losari",
    "name": "Layar Losari",
    "city": "Makassar",
    "city_slug": "makassar",
    "address": "Jl. Perahu Layar No. 45, Makassar",
    "phone": "(0411) 555 0145",
    "time_zone": "Asia/Makassar",
    "latitude": -5.143,
    "longitude": 119.407,
    "studios": [{"id": 8, "name": "Studio 1", "studio_class": "large"}],
    "updated_at": "2026-11-02T02:30:00Z",
}
SHOWTIME: dict[str, Any] = {
    "id": 646,
    "movie": {
        "id": 4,
        "slug": "orbit-sunyi",
        "title": "Quiet Orbit",
        "duration_minutes": 138,
        "classification": "13+",
    },
    "cinema": {
        "id": 3,
        "slug": "layar-losari",
        "name": "Layar Losari",
        "city": "Makassar",
        "city_slug": "makassar",
        "time_zone": "Asia/Makassar",
    },
    "studio": {"id": 8, "name": "Studio 1", "studio_class": "large"},
    "starts_at": "2026-11-24T02:30:00Z",
    "local_starts_at": "2026-11-24T10:30:00+08:00",
    "film_ends_at": "2026-11-24T04:58:00Z",
    "local_film_ends_at": "2026-11-24T12:58:00+08:00",
    "business_date": "2026-11-24",
    "screen_format": "LF",
    "audio_language": "English",
    "subtitle_language": "Indonesian",
    "sale_opens_at": "2026-11-02T02:30:00Z",
    "sale_closes_at": "2026-11-24T02:30:00Z",
    "cancelled_at": None,
    "is_on_sale": True,
    "availability": "available",
    "together": None,
    "from_price_rupiah": 68_000,
    "fee_rupiah": 3_000,
    "base_price_rupiah": 65_000,
    "updated_at": "2026-11-02T02:30:00Z",
}
CINEMAS_EXAMPLE = OpenApiExample(
    "One cinema",
    value={"results": [CINEMA], "next": None},
    response_only=True,
    status_codes=["200"],
)
SHOWTIMES_EXAMPLE = OpenApiExample(
    "The first of many",
    value={
        "results": [SHOWTIME],
        "next": "/api/v1/showtimes?city=makassar&limit=1"
        "&after=WyIyMDI2LTExLTI0IiwxNzk1NDg3NDAwMDAwMDAwLDY0Nl0",
    },
    response_only=True,
    status_codes=["200"],
)
INVALID_EXAMPLE = OpenApiExample(
    "A city without a cinema",
    value={
        "type": "about:blank",
        "title": "Unprocessable Content",
        "status": 422,
        "code": "invalid",
        "detail": "Please check what you entered.",
        "errors": [
            {
                "field": "city",
                "code": "unknown",
                "detail": "We have no cinema in “atlantis”.",
            }
        ],
    },
    response_only=True,
    status_codes=["422"],
)
