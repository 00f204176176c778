"""Serializers of seats and holds, for the API and its schema."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from rest_framework import serializers

from core.api.strict import StrictSerializer
from core.ids import ROW_ID_MAX, is_row_id
from seating.holds.types import HeldSeats
from seating.models import SeatCategory, SeatStatus

SEATS_MAX = 10 * settings.HOLD_SEATS_MAX  # a longer request is not parsed


class SeatIdsSerializer(StrictSerializer):
    replaces_whole = True  # for the schema: PATCH replaces all seats, too
    seats = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=ROW_ID_MAX),
        allow_empty=True,  # the domain's refusal has a better message
        max_length=SEATS_MAX,
    )


class WantedSeatsSerializer(SeatIdsSerializer):
    rescue = serializers.BooleanField(
        default=False,
        help_text="After a lost race keep what is left of the seats, and hold a block for the"
        " whole party for some seconds (`rescue` of the refusal). Needs a token or X-Visitor.",
    )


def wanted_seats(data: Any) -> tuple[list[int], bool]:
    """The ids of ``{"seats": [id], "rescue"?}``, and whether a lost race is to be rescued."""
    seats = plain_seat_ids(data)
    if seats is not None:
        return seats, False
    wanted = WantedSeatsSerializer(data=data)
    wanted.is_valid(raise_exception=True)
    return list(wanted.validated_data["seats"]), wanted.validated_data["rescue"]


def seat_ids(data: Any) -> list[int]:
    """The ids in a request's ``{"seats": [id]}``. Raises DRF's ValidationError.

    The serializer only describes invalid input: DRF copies its fields for each request.
    """
    seats = plain_seat_ids(data)
    if seats is not None:
        return seats
    wanted = SeatIdsSerializer(data=data)
    wanted.is_valid(raise_exception=True)
    return list(wanted.validated_data["seats"])


def plain_seat_ids(data: Any) -> list[int] | None:
    """The ids of a valid document; None for anything else."""
    if isinstance(data, dict) and data.keys() == {"seats"}:
        seats = data["seats"]
        if type(seats) is list and len(seats) <= SEATS_MAX and all(map(is_row_id, seats)):
            return list(seats)
    return None


class HeldSeatSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="seat_id")
    label = serializers.CharField()  # type: ignore[assignment]  # the seat's name, not the field's
    category = serializers.ChoiceField(choices=SeatCategory.choices)
    price_rupiah = serializers.IntegerField()


class HoldSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField(source="hold_id")
    showtime = serializers.IntegerField(source="showtime_id")
    expires_at = serializers.DateTimeField()
    server_time = serializers.DateTimeField()
    seats = HeldSeatSerializer(many=True)
    seats_rupiah = serializers.IntegerField()
    fee_rupiah = serializers.IntegerField(help_text="Service fee of all seats.")
    total_rupiah = serializers.IntegerField(
        help_text="What is paid for the seats at the full price: `seats_rupiah` + `fee_rupiah`."
    )
    sealed = serializers.BooleanField(source="is_sealed")
    extendable = serializers.BooleanField(
        source="is_extendable", help_text="Whether its time can be extended (once)."
    )


def hold_document(held: HeldSeats) -> dict[str, Any]:
    """The output of HoldSerializer at a tenth of its cost; a test compares them."""
    return {
        "id": str(held.hold_id),
        "showtime": held.showtime_id,
        "expires_at": _timestamp(held.expires_at),
        "server_time": _timestamp(held.server_time),
        "seats": held.seat_documents,
        "seats_rupiah": held.seats_rupiah,
        "fee_rupiah": held.fee_rupiah,
        "total_rupiah": held.total_rupiah,
        "sealed": held.is_sealed,
        "extendable": held.is_extendable,
    }


def _timestamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


class SeatSerializer(serializers.Serializer[Any]):
    """One seat of a showtime (documentation: the bytes come from the cache)."""

    id = serializers.IntegerField()
    row = serializers.CharField()
    number = serializers.IntegerField()
    category = serializers.ChoiceField(choices=SeatCategory.choices)
    price_rupiah = serializers.IntegerField(
        help_text="Full price without the showtime's `fee_rupiah`, which each ticket costs, too."
    )
    status = serializers.ChoiceField(choices=SeatStatus.choices)
    version = serializers.IntegerField()


class PlaceSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    row = serializers.CharField()
    number = serializers.IntegerField()
    line = serializers.IntegerField(help_text="Row of cells, 0 nearest the screen.")
    column = serializers.IntegerField(help_text="Cell from the left, 0 first.")
    category = serializers.ChoiceField(choices=SeatCategory.choices)
    partner = serializers.IntegerField(
        allow_null=True, help_text="The other half of a couple seat, or the wheelchair space."
    )


class LayoutSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    version = serializers.IntegerField()
    lines = serializers.IntegerField()
    columns = serializers.IntegerField()
    seats = PlaceSerializer(many=True)
