from django.db import migrations, models


class Migration(migrations.Migration):
    """Uploads are checked by the form; stored posters need not be valid uploads. No SQL."""

    dependencies = [("movies", "0005_audit_history")]

    operations = [
        migrations.AlterField(
            model_name="movie",
            name="poster",
            field=models.FileField(blank=True, upload_to="posters/", verbose_name="poster"),
        ),
    ]
