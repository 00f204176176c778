"""What reports refuse.

LayarError
├── Refused
│   └── IncidentResolved  409  somebody resolved it already
└── InvalidInput
    └── NoteMissing       422  an incident is resolved with a note, or not at all
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from movies.errors import InvalidInput, Refused


class IncidentResolved(Refused):
    code = "incident_resolved"
    message = _("Somebody resolved this incident already.")


class NoteMissing(InvalidInput):
    code = "note_missing"
    message = _("Please write what was found and done.")
