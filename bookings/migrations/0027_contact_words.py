"""Index of the office's search for names, addresses and phone numbers."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations

import bookings.models.contact_words


class Migration(migrations.Migration):
    atomic = False  # an index on a live table is created concurrently

    dependencies = [
        ("bookings", "0026_staff_refunds_notes_and_moves"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="booking",
            index=GinIndex(
                bookings.models.contact_words.ContactWords(), name="booking_contact_words"
            ),
        ),
    ]
