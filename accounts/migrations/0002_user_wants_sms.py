"""Customers choose whether texts come beside the emails."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="wants_sms",
            field=models.BooleanField(
                default=True,
                help_text="To your mobile number, beside the emails, which we always send.",
                verbose_name="text messages (SMS) too",
            ),
        ),
    ]
