"""When a row of the catalogue last changed, for clients that keep a copy.

A trigger sets it, so that ``update()`` and bulk writes count, too.
"""

from __future__ import annotations

from datetime import datetime

import pgtrigger
from django.db import models
from django.db.models.functions import Now


def updated_at_field() -> models.DateTimeField[datetime, datetime]:
    return models.DateTimeField(db_default=Now(), editable=False)


def updated_at_trigger() -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name="touch_updated_at",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        condition=pgtrigger.Condition("OLD.* IS DISTINCT FROM NEW.*"),
        func="NEW.updated_at = statement_timestamp(); RETURN NEW;",
    )
