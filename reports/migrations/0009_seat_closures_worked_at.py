from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reports', '0008_seat_closures'),
    ]

    operations = [
        migrations.AddField(
            model_name='seatclosure',
            name='worked_at',
            field=models.DateTimeField(null=True),
        ),
    ]
