"""Runs inside pretix's own environment: halls of numbered seats, by its models, and a token.

Prints one JSON document: ``{token, events: [{slug, item}], seats: [guid]}``. Every event has the
same seats. What could slow pretix down is left out: quotas without a limit (each would be one more
lock), no invoices, no plug-ins, payment by hand.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import timedelta
from decimal import Decimal

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pretix.settings")
django.setup()

from django.utils.timezone import now  # noqa: E402
from django_scopes import scope  # noqa: E402
from pretix.base.models import Event, Organizer, Seat, SeatCategoryMapping  # noqa: E402

ROWS = "ABCDEFGHIJ"
SEATS_PER_ROW = 20
GUIDS = [f"{row}{number}" for row in ROWS for number in range(1, SEATS_PER_ROW + 1)]


def open_halls(events: int) -> dict[str, object]:
    organizer = Organizer.objects.create(name="Ukur", slug="ukur")
    with scope(organizer=organizer):
        team = organizer.teams.create(
            name="API",
            all_events=True,
            all_event_permissions=True,
            all_organizer_permissions=True,
        )
        token = team.tokens.create(name="bench").token
        opened = [_open_hall(organizer, number) for number in range(events)]
    return {
        "token": token,
        "seats": GUIDS,
        "events": [{"slug": slug, "item": item} for slug, item in opened],
    }


def _open_hall(organizer: Organizer, number: int) -> tuple[str, int]:
    event = Event.objects.create(
        organizer=organizer,
        name=f"Show {number}",
        slug=f"show{number}",
        date_from=now() + timedelta(days=1),
        currency="IDR",
        live=True,
        plugins="",
    )
    event.settings.payment_manual__enabled = True
    event.settings.seating_minimal_distance = 0
    item = event.items.create(name="Seat", default_price=Decimal("50000"), admission=True)
    event.quotas.create(name="Seats", size=None).items.add(item)
    SeatCategoryMapping.objects.create(event=event, layout_category="Seat", product=item)
    Seat.objects.bulk_create(
        Seat(
            event=event,
            seat_guid=guid,
            row_name=guid[0],
            seat_number=guid[1:],
            product=item,
            sorting_rank=rank,
        )
        for rank, guid in enumerate(GUIDS)
    )
    return event.slug, item.pk


if __name__ == "__main__":
    print(json.dumps(open_halls(int(sys.argv[1]))))
