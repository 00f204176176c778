"""Indexes by person of sessions and stored responses, so that an erasure needs no full scan."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

SESSIONS_BATCH = 1_000


def index_sessions(apps, schema_editor):
    from django.contrib.sessions.backends.cached_db import SessionStore

    Session = apps.get_model("sessions", "Session")
    UserSession = apps.get_model("accounts", "UserSession")
    known = set(apps.get_model("accounts", "User").objects.values_list("pk", flat=True))
    decode = SessionStore().decode
    found = []
    for key, data in Session.objects.values_list("session_key", "session_data").iterator():
        user_id = decode(data).get(SESSION_KEY)
        if user_id is not None and int(user_id) in known:
            found.append(UserSession(session_id=key, user_id=int(user_id)))
        if len(found) == SESSIONS_BATCH:
            UserSession.objects.bulk_create(found, ignore_conflicts=True)
            found = []
    UserSession.objects.bulk_create(found, ignore_conflicts=True)


class Migration(migrations.Migration):
    atomic = False  # an index on a live table is created concurrently

    dependencies = [
        ("accounts", "0004_erasures"),
        ("sessions", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="UserSession",
            fields=[
                (
                    "session",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="sessions.session",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="idempotentrequest",
            name="subjects",
            field=django.contrib.postgres.fields.ArrayField(
                models.CharField(max_length=32), null=True, size=None
            ),
        ),
        AddIndexConcurrently(
            model_name="idempotentrequest",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["subjects"], name="idempotent_request_subjects"
            ),
        ),
        migrations.RunPython(index_sessions, migrations.RunPython.noop),
    ]
