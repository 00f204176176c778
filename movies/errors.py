"""Errors of the catalogue, scheduling and staff assignments.

Refused (core)
├── ShowtimeClosed      409  the showtime began, was cancelled, or is not on sale
├── RoleAlreadyAssigned 409  this person has this role already
└── RoleNotAssignable   403  the caller may not assign it, or assigns it to themselves
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from core.errors import Refused


class ShowtimeClosed(Refused):
    code = "showtime_closed"
    message = _("Tickets for this showtime are not on sale any more.")


class RoleAlreadyAssigned(Refused):
    code = "post_exists"
    message = _("This person has this post already.")


class RoleNotAssignable(Refused):
    code = "post_not_given"
    status = 403
    message = _("You cannot give or take this post; nobody changes their own.")
