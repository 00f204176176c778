"""The ledger cannot be rewritten, not even by an operator's slip in a shell."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("bookings", "0001_initial")]

    operations = [
        migrations.RunSQL(
            """
            CREATE FUNCTION booking_event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION 'booking events are append-only'
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'booking_event_append_only';
            END $$;
            CREATE TRIGGER booking_event_append_only
                BEFORE UPDATE OR DELETE ON bookings_bookingevent
                FOR EACH ROW EXECUTE FUNCTION booking_event_is_append_only();
            """,
            """
            DROP TRIGGER booking_event_append_only ON bookings_bookingevent;
            DROP FUNCTION booking_event_is_append_only();
            """,
        ),
    ]
