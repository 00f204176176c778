from django.db import migrations, models


class Migration(migrations.Migration):
    """Names and widths of a poster's smaller copies. The default serves the program before."""

    dependencies = [("movies", "0008_tax_rules")]

    operations = [
        migrations.AddField(
            model_name="movie",
            name="resized_posters",
            field=models.JSONField(blank=True, db_default=[], default=list, editable=False),
        ),
    ]
