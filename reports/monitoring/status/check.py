"""One line of the status page: light, value and advice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext


class Light(StrEnum):
    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


LIGHT_LABELS: dict[Light, Promise] = {
    Light.GREEN: _("Well"),
    Light.YELLOW: _("Look at it"),
    Light.RED: _("Broken"),
}


@dataclass(frozen=True)
class Check:
    """``figure`` is the measured value; ``advice`` is empty if healthy."""

    key: str
    name: str | Promise
    light: Light
    figure: str
    advice: str = ""

    @property
    def label(self) -> str:
        return str(LIGHT_LABELS[self.light])


def light_of(value: float, *, yellow: float, red: float) -> Light:
    """The light of ``value``, given the thresholds of yellow and red."""
    if value >= red:
        return Light.RED
    return Light.YELLOW if value >= yellow else Light.GREEN


def age(seconds: float) -> str:
    """Rounded duration: ``45 s``, ``12 min``, ``5 h``, ``3 days``."""
    whole = timedelta(seconds=max(0, seconds))
    if whole < timedelta(minutes=2):
        return f"{int(whole.total_seconds())} s"
    if whole < timedelta(hours=2):
        return f"{whole // timedelta(minutes=1)} min"
    if whole < timedelta(days=2):
        return f"{whole // timedelta(hours=1)} h"
    return ngettext("%(count)d day", "%(count)d days", whole.days) % {"count": whole.days}
