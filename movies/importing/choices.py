"""Accepted values for formats and age classes: codes and the office's labels in each language."""

from __future__ import annotations

from django.conf import settings
from django.db.models import TextChoices
from django.utils import translation

from movies.importing.parsing import fold
from movies.models import Classification, ScreenFormat

CLASSIFICATION_ALIASES = {"13": "13+", "17": "17+", "21": "21+", "r13": "13+", "d17": "17+"}
FORMAT_ALIASES = {
    **dict.fromkeys(("reguler", "regular", "biasa", "standar"), ScreenFormat.TWO_D.value),
    **dict.fromkeys(("imax", "largeformat"), ScreenFormat.LARGE.value),
}


def _labels(choices: type[TextChoices]) -> dict[str, str]:
    found: dict[str, str] = {}
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            found |= {fold(str(choice.label)): choice.value for choice in choices}
    return found | {fold(choice.value): choice.value for choice in choices}


def classifications() -> dict[str, str]:
    return _labels(Classification) | CLASSIFICATION_ALIASES


def screen_formats() -> dict[str, str]:
    return _labels(ScreenFormat) | FORMAT_ALIASES
