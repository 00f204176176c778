"""The API's hold is written by hand; the serializer documents it. The two are the same."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from seating.held import HeldSeat, HeldSeats
from seating.serializers import HoldSerializer, hold_document


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
