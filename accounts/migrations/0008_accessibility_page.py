from django.db import migrations, models

KINDS = [
    ("help", "Help"),
    ("contact", "Contact"),
    ("privacy", "Privacy"),
    ("terms", "Terms of sale"),
    ("house-rules", "House rules"),
    ("accessibility", "Accessibility"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_pages_and_consents"),
    ]

    operations = [
        migrations.AlterField(
            model_name="consent",
            name="kind",
            field=models.CharField(choices=KINDS, max_length=16),
        ),
        migrations.AlterField(
            model_name="pageversion",
            name="kind",
            field=models.CharField(choices=KINDS, max_length=16, verbose_name="page"),
        ),
    ]
