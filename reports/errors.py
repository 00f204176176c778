"""What reports refuse.

LayarError
├── Refused
│   ├── IncidentResolved    409  somebody resolved it already
│   ├── ActionUnfit         409  a button that this incident does not have (any more)
│   ├── SeatNotSo           409  somebody changed this seat meanwhile
│   ├── QueueAway           409  the broker took no task
│   ├── TooManyExports      409  as many are being made for this person as may be
│   ├── ExportNotRetryable  409  an export is made already, or at this moment
│   └── RightLost           409  a cinema of an export may not be seen any more
└── InvalidInput
    ├── NoteMissing         422  an incident is resolved with a note, or not at all
    └── TooManyRows         422  no file of this kind is made of so many rows
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
