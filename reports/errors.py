"""Errors of reports and incidents.

LayarError
├── Refused
│   ├── IncidentResolved    409  the incident was resolved already
│   ├── ActionUnfit         409  the incident does not offer this action
│   ├── SeatNotSo           409  the seat changed in the meantime
│   ├── ClosureEnded        409  the closure of seats was ended already
│   ├── QueueAway           409  the broker did not accept the task
│   ├── TooManyExports      409  the person has the maximum number of open exports
│   ├── ExportNotRetryable  409  the export is open or done
│   └── RightLost           409  the person may no longer see a cinema of the export
└── InvalidInput
    ├── SeatsUnknown        422  ``seats``: labels that the hall does not have
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


class ClosureEnded(Refused):
    code = "closure_ended"
    message = _("This closure was ended before.")


class SeatsUnknown(InvalidInput):
    code = "seats_unknown"

    def __init__(self, seats: list[str]) -> None:
        text = _("This hall has no seat %(seats)s. Write seats like C7, C8 or D1-D4.")
        super().__init__(text % {"seats": ", ".join(seats)}, seats=seats)


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
