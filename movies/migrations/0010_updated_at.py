"""When cinemas, films and showtimes last changed, kept by triggers."""

import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('movies', '0009_smaller_copies_of_posters'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='showtime',
            name='changed_update',
        ),
        migrations.AddField(
            model_name='cinema',
            name='updated_at',
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
        ),
        migrations.AddField(
            model_name='movie',
            name='updated_at',
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
        ),
        migrations.AddField(
            model_name='showtime',
            name='updated_at',
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='cinema',
            trigger=pgtrigger.compiler.Trigger(name='touch_updated_at', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='NEW.updated_at = statement_timestamp(); RETURN NEW;', hash='752b6cc077d5fe5476477b553a8b4b62afe6c98c', operation='UPDATE', pgid='pgtrigger_touch_updated_at_acf93', table='movies_cinema', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='movie',
            trigger=pgtrigger.compiler.Trigger(name='touch_updated_at', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='NEW.updated_at = statement_timestamp(); RETURN NEW;', hash='4d23240c39990fecdc8b363d791e66c69a1a8590', operation='UPDATE', pgid='pgtrigger_touch_updated_at_643e6', table='movies_movie', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='showtime',
            trigger=pgtrigger.compiler.Trigger(name='touch_updated_at', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='NEW.updated_at = statement_timestamp(); RETURN NEW;', hash='3d331c805125790986a6beecc3f7137585b1e89f', operation='UPDATE', pgid='pgtrigger_touch_updated_at_9a33c', table='movies_showtime', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='showtime',
            trigger=pgtrigger.compiler.Trigger(name='changed_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."audio_language" IS DISTINCT FROM (NEW."audio_language") OR OLD."base_price_rupiah" IS DISTINCT FROM (NEW."base_price_rupiah") OR OLD."business_date" IS DISTINCT FROM (NEW."business_date") OR OLD."cancelled_at" IS DISTINCT FROM (NEW."cancelled_at") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."ends_at" IS DISTINCT FROM (NEW."ends_at") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."movie_id" IS DISTINCT FROM (NEW."movie_id") OR OLD."sale_closes_at" IS DISTINCT FROM (NEW."sale_closes_at") OR OLD."sale_opens_at" IS DISTINCT FROM (NEW."sale_opens_at") OR OLD."screen_format" IS DISTINCT FROM (NEW."screen_format") OR OLD."starts_at" IS DISTINCT FROM (NEW."starts_at") OR OLD."studio_id" IS DISTINCT FROM (NEW."studio_id") OR OLD."subtitle_language" IS DISTINCT FROM (NEW."subtitle_language"))', func='INSERT INTO "movies_showtimehistory" ("audio_language", "base_price_rupiah", "business_date", "cancelled_at", "created_at", "ends_at", "id", "movie_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "sale_closes_at", "sale_opens_at", "screen_format", "starts_at", "studio_id", "subtitle_language") VALUES (OLD."audio_language", OLD."base_price_rupiah", OLD."business_date", OLD."cancelled_at", OLD."created_at", OLD."ends_at", OLD."id", OLD."movie_id", _pgh_attach_context(), NOW(), \'changed\', OLD."id", OLD."sale_closes_at", OLD."sale_opens_at", OLD."screen_format", OLD."starts_at", OLD."studio_id", OLD."subtitle_language"); RETURN NULL;', hash='c24130199b4b895c0dd5f94279117e1d3e515383', operation='UPDATE', pgid='pgtrigger_changed_update_30847', table='movies_showtime', when='AFTER')),
        ),
    ]
