"""Indexes that find a customer's uses of a voucher by account, mailbox and phone."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

import core.db.mailbox

WITH_VOUCHER = models.Q(("voucher__isnull", False))


class Migration(migrations.Migration):
    atomic = False  # indexes on a live table are created concurrently

    dependencies = [
        ("bookings", "0013_event_origin"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="booking",
            index=models.Index(
                models.F("voucher"),
                models.F("user"),
                condition=WITH_VOUCHER,
                name="booking_voucher_user",
            ),
        ),
        AddIndexConcurrently(
            model_name="booking",
            index=models.Index(
                models.F("voucher"),
                core.db.mailbox.Mailbox("contact_email"),
                condition=WITH_VOUCHER,
                name="booking_voucher_mailbox",
            ),
        ),
        AddIndexConcurrently(
            model_name="booking",
            index=models.Index(
                models.F("voucher"),
                models.F("contact_phone"),
                condition=WITH_VOUCHER,
                name="booking_voucher_phone",
            ),
        ),
        RemoveIndexConcurrently(model_name="booking", name="booking_voucher_customer"),
    ]
