"""Room on each page of seats, so that a change of state stays a heap-only update."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("seating", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE seating_showtimeseat SET (fillfactor = 80)",
            "ALTER TABLE seating_showtimeseat RESET (fillfactor)",
        ),
    ]
