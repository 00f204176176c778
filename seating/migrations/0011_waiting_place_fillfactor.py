"""Room on each page of waiting places, so that a heartbeat stays a heap-only update."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("seating", "0010_sold_holds_by_visitor")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE seating_waitingplace SET (fillfactor = 80)",
            "ALTER TABLE seating_waitingplace RESET (fillfactor)",
        ),
    ]
