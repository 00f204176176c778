"""Everything Layar refuses, as one tree.

LayarError
├── NotFound            404  what was asked for does not exist, or is not yours to see
├── Refused             409  the state of the world forbids it
│   ├── ShowtimeClosed  409  the showtime began, was cancelled, or is not on sale
│   ├── PostExists      409  this person has this post already
│   └── PostNotGiven    403  nobody gives themselves a post; others need the right
├── TooLarge            413  more bytes than anything here needs
├── InvalidInput        422  the request itself cannot mean anything
├── TooManyRequests     429  a named rate limit was reached
└── Unavailable         503  try again: a lock or a store did not answer in time

Each error has a stable ``code`` for machines, a translated ``message`` for people, an HTTP
``status``, and ``facts``: public, JSON-ready details that are merged into an API answer.
"""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PROBLEM_CONTENT_TYPE = "application/problem+json"  # how the API and scripts are told (RFC 9457)


class LayarError(Exception):
    """Base of every refusal. ``facts`` must never hold personal data."""

    code = "error"
    status = 400
    message: str | Promise = _("That did not work. Please try again.")

    def __init__(self, message: str | Promise | None = None, **facts: Any) -> None:
        if message is not None:
            self.message = message
        self.facts = facts
        super().__init__(self.code)

    def __str__(self) -> str:
        return str(self.message)


class NotFound(LayarError):
    code = "not_found"
    status = 404
    message = _("We could not find that.")


class Refused(LayarError):
    code = "refused"
    status = 409
    message = _("That is not possible right now.")


class ShowtimeClosed(Refused):
    code = "showtime_closed"
    message = _("Tickets for this showtime are not on sale any more.")


class PostExists(Refused):
    code = "post_exists"
    message = _("This person has this post already.")


class PostNotGiven(Refused):
    code = "post_not_given"
    status = 403
    message = _("You cannot give or take this post; nobody changes their own.")


class InvalidInput(LayarError):
    code = "invalid"
    status = 422
    message = _("Please check what you entered.")


class TooLarge(LayarError):
    code = "too_large"
    status = 413
    message = _("That is too large.")


class TooManyRequests(LayarError):
    code = "rate_limited"
    status = 429
    message = _("Too many requests. Please wait a moment and try again.")

    def __init__(self, retry_after_seconds: int, **facts: Any) -> None:
        self.retry_after_seconds = retry_after_seconds
        super().__init__(retry_after_seconds=retry_after_seconds, **facts)


class Unavailable(LayarError):
    code = "unavailable"
    status = 503
    message = _("We are busy for a moment. Please try again.")
