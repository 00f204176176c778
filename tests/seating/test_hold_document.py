"""The hand-written document of a hold equals the serializer's output."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from rest_framework.exceptions import ValidationError

from seating.api.serializers import HoldSerializer, hold_document, seat_ids
from seating.holds.types import HeldSeat, HeldSeats


def test_hold_document_is_what_the_schema_promises() -> None:
    held = HeldSeats(
        hold_id=uuid.uuid4(),
        showtime_id=7,
        seats=(
            HeldSeat(1, 11, "A1", "regular", 50_000),
            HeldSeat(2, 12, "A2", "couple", 70_000),
        ),
        expires_at=datetime(2026, 11, 23, 10, 5, 0, 120_000, tzinfo=UTC),
        server_time=datetime(2026, 11, 23, 10, 0, tzinfo=UTC),
        is_sealed=True,
    )

    assert hold_document(held) == dict(HoldSerializer(held).data)


@pytest.mark.parametrize("body", [{"seats": []}, {"seats": [1, 2]}, {"seats": [2**63 - 1]}])
def test_seat_ids_are_read_as_they_are(body: dict[str, Any]) -> None:
    assert seat_ids(body) == body["seats"]


@pytest.mark.parametrize(
    "body",
    [
        None,
        [1],
        {},
        {"seats": 1},
        {"seats": [0]},
        {"seats": [True]},
        {"seats": ["x"]},
        {"seats": [2**63]},
        {"seats": [1] * 1_000},
        {"seats": [1], "price": 0},
    ],
)
def test_other_text_is_refused_with_a_message(body: Any) -> None:
    with pytest.raises(ValidationError):
        seat_ids(body)
