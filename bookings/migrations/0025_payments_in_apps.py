"""What a payment provider offers apps besides its page. The default serves the program before."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("bookings", "0024_bookings_of_installations")]

    operations = [
        migrations.AddField(
            model_name="payment",
            name="in_app",
            field=models.JSONField(blank=True, db_default={}, default=dict, editable=False),
        ),
    ]
