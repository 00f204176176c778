from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """Where a cinema is, so that a visitor who shares a location is shown the nearest city."""

    dependencies = [("movies", "0006_poster_checked_by_form")]

    operations = [
        migrations.AddField(
            model_name="cinema",
            name="latitude",
            field=models.FloatField(
                blank=True,
                help_text="Degrees, south is negative: -6.1960.",
                null=True,
                verbose_name="latitude",
            ),
        ),
        migrations.AddField(
            model_name="cinema",
            name="longitude",
            field=models.FloatField(
                blank=True,
                help_text="Degrees, east is positive: 106.8320.",
                null=True,
                verbose_name="longitude",
            ),
        ),
        migrations.AddConstraint(
            model_name="cinema",
            constraint=models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(
                    latitude__isnull=False,
                    longitude__isnull=False,
                    latitude__gte=-90.0,
                    latitude__lte=90.0,
                    longitude__gte=-180.0,
                    longitude__lte=180.0,
                ),
                name="cinema_location_is_on_earth",
            ),
        ),
    ]
