from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("bookings", "0012_ticket_voided_at")]

    operations = [
        migrations.AddField(
            model_name="bookingevent",
            name="origin",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                max_length=64,
                verbose_name="request or task",
            ),
        ),
    ]
