"""The AsyncAPI document of the live seats, for clients of the WebSocket feed."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from cinema_project.api.config import LIVE_SEATS_PATH, live_seats_url
from movies.catalogue.availability import SaleState
from seating.live.consumers import CLOSE_NOT_FOUND, CLOSE_NOT_LISTENING, CLOSE_TRY_AGAIN_LATER
from seating.live.rooms import COALESCE_SECONDS, DIGEST_SECONDS
from seating.live.transports import CLOSE_TOO_SLOW
from seating.live.waiting_rooms import UNCHANGED_SECONDS
from seating.models import SeatStatus
from seating.waiting_room.progress import Phase

Schema = dict[str, Any]
WAITING_ROOM_PATH = "/ws/waiting-rooms/{room}/"

FULLNESS = (SaleState.AVAILABLE, SaleState.FEW_TOGETHER, SaleState.ALMOST_FULL, SaleState.SOLD_OUT)
COUNT: Schema = {"type": "integer", "format": "int32", "minimum": 0}
SEATS: Schema = {
    "type": "array",
    "description": "Seats as [id, status, version]. Apply a seat only if its version is higher.",
    "items": {
        "type": "array",
        "minItems": 3,
        "maxItems": 3,
        "items": [
            {"type": "integer", "format": "int64", "description": "Id of the seat."},
            {"type": "string", "x-extensible-enum": list(SeatStatus.values)},
            COUNT | {"description": "Version of the seat."},
        ],
    },
}
AVAILABILITY: Schema = {"type": "string", "x-extensible-enum": [state.value for state in FULLNESS]}
TOGETHER: Schema = {
    "type": ["integer", "null"],
    "description": "The most seats side by side, with `few_together`.",
}
VERSIONS: Schema = {
    "type": "integer",
    "format": "int64",
    "description": "Sum of the versions of all seats: above your own, you missed a change.",
}
CLOSE_CODES = {
    CLOSE_NOT_FOUND: "No such showtime or waiting room: do not reconnect.",
    CLOSE_NOT_LISTENING: "The client sent a message; it must not.",
    CLOSE_TOO_SLOW: "The client reads too slowly: reconnect for a new snapshot.",
    CLOSE_TRY_AGAIN_LATER: "The seats cannot be read now: poll the API and reconnect later.",
}


@require_safe
def live_schema(_request: HttpRequest) -> JsonResponse:
    return JsonResponse(document(), headers={"Cache-Control": "public, max-age=60"})


def document() -> Schema:
    site = urlsplit(live_seats_url())
    messages = _messages()
    return {
        "asyncapi": "3.0.0",
        "info": _info(),
        "defaultContentType": "application/json",
        "servers": {
            "live": {
                "host": site.netloc,
                "protocol": site.scheme,
                "description": "Native apps send no Origin header; browsers that of the site.",
            }
        },
        "channels": _channels(messages),
        "operations": _operations(),
        "components": {"messages": messages | {"progress": _progress()}},
    }


def _channels(messages: dict[str, Schema]) -> Schema:
    return {
        "seats": {
            "address": LIVE_SEATS_PATH,
            "description": "Seats of one showtime.",
            "parameters": {"showtime": {"description": "Id of the showtime."}},
            "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
        },
        "waitingRoom": {
            "address": WAITING_ROOM_PATH,
            "description": "The progress of a waiting room.",
            "parameters": {"room": {"description": "Id of the waiting room."}},
            "messages": {"progress": {"$ref": "#/components/messages/progress"}},
        },
    }


def _operations() -> Schema:
    return {
        "receiveSeats": {
            "action": "send",
            "summary": "The server sends a snapshot, then changes and digests.",
            "description": "The client sends nothing after the handshake.",
            "channel": {"$ref": "#/channels/seats"},
        },
        "receiveProgress": {
            "action": "send",
            "summary": "The server sends how the queue moves.",
            "description": "The number ahead of a place falls by what `called` grows.",
            "channel": {"$ref": "#/channels/waitingRoom"},
        },
    }


def _info() -> Schema:
    codes = " ".join(f"{code}: {meaning}" for code, meaning in CLOSE_CODES.items())
    described = settings.SPECTACULAR_SETTINGS
    return {
        "title": "Layar live seats",
        "version": described["VERSION"],
        "description": "Changes of a showtime's seats. The server sends, the client only "
        f"receives. Close codes: {codes}",
        "license": described["LICENSE"],
        "contact": described["CONTACT"],
        "tags": [{"name": "seats", "description": "Seats of a showtime."}],
    }


def _messages() -> dict[str, Schema]:
    fullness = {"availability": AVAILABILITY, "together": TOGETHER}
    return {
        "snapshot": _message(
            "The complete state, first.",
            {
                "showtime": {"type": "integer", "format": "int64"},
                "seats": SEATS,
                "versions": VERSIONS,
                "available": COUNT | {"description": "How many seats are free."},
                "server_time": {"type": "string", "format": "date-time"},
            }
            | fullness,
            "snapshot",
        ),
        "delta": _message(
            f"Changes, combined over {COALESCE_SECONDS:g} s.", {"seats": SEATS} | fullness, "delta"
        ),
        "digest": _message(
            f"Every {DIGEST_SECONDS:g} s, to detect lost changes.",
            {"versions": VERSIONS, "available": COUNT},
            "digest",
        ),
    }


def _progress() -> Schema:
    return _message(
        f"On connect, when something changes, and every {UNCHANGED_SECONDS:g} s.",
        {
            "room": {"type": "integer", "format": "int64"},
            "phase": {"type": "string", "x-extensible-enum": [each.value for each in Phase]},
            "waiting": COUNT,
            "called": COUNT | {"description": "Since the opening."},
            "per_minute": {"type": "number"},
            "opens_at": {"type": ["string", "null"], "format": "date-time"},
            "server_time": {"type": "string", "format": "date-time"},
        },
        "progress",
    )


def _message(summary: str, properties: Schema, kind: str) -> Schema:
    typed = {"type": {"type": "string", "const": kind}} | properties
    return {
        "name": kind,
        "title": kind.capitalize(),
        "summary": summary,
        "contentType": "application/json",
        "payload": {"type": "object", "required": list(typed), "properties": typed},
    }
