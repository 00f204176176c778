"""Errors of reports and incidents.

LayarError
├── Refused
│   ├── IncidentResolved    409  the incident was resolved already
│   ├── ActionUnfit         409  the incident does not offer this action
│   ├── SeatNotSo           409  the seat changed in the meantime
│   ├── QueueAway           409  the broker did not accept the task
│   ├── TooManyExports      409  the person has the maximum number of open exports
│   ├── ExportNotRetryable  409  the export is open or done
│   └── RightLost           409  the person may no longer see a cinema of the export
└── InvalidInput
    ├── NoteMissing         422  resolving an incident needs a note
    └── TooManyRows         422  the report has too many rows for this format
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from core.errors import InvalidInput, Refused


class IncidentResolved(Refused):
    code = "incident_resolved"
    message = _("Somebody resolved this incident already.")


class ActionUnavailable(Refused):
    code = "action_unfit"
    message = _("That cannot be done about this incident.")


class SeatChanged(Refused):
    code = "seat_not_so"
    message = _("This seat was changed meanwhile. Please look again.")


class BrokerUnavailable(Refused):
    code = "queue_away"
    message = _("The broker does not answer: nothing can be begun in the background.")


class NoteMissing(InvalidInput):
    code = "note_missing"
    message = _("Please write what was found and done.")


class TooManyExports(Refused):
    code = "too_many_exports"
    message = _("Several exports are being made for you already. Please wait for one of them.")


class ExportNotRetryable(Refused):
    code = "export_not_retryable"
    message = _("This export is not one that failed.")


class PermissionLost(Refused):
    code = "right_lost"
    message = _("You cannot see the sales of every cinema in it any more.")


class TooManyRows(InvalidInput):
    code = "too_many_rows"
    message = _("That is too many rows for one file. Please choose fewer days, or another format.")
