"""Base classes of all domain errors.

LayarError
├── NotFound            404  does not exist, or is not visible to the caller
├── Refused             409  the current state forbids it; each app derives its own
├── LengthRequired      411  a streamed body where only a stated length can be read
├── TooLarge            413  the body exceeds its limit
├── InvalidInput        422  the request is malformed
├── TooManyRequests     429  a named rate limit was reached
└── Unavailable         503  a lock or a store did not answer in time: retry

Each error has a stable ``code`` for machines, a translated ``message`` for people, an HTTP
``status``, and ``facts``: public, JSON-ready details that are merged into an API response.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PROBLEM_CONTENT_TYPE = "application/problem+json"  # RFC 9457


class LayarError(Exception):
    """Base of every domain error. ``facts`` must never hold personal data."""

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


@dataclass(frozen=True)
class FieldProblem:
    """What is wrong with one field or query parameter of a request."""

    field: str
    code: str
    detail: str


class InvalidInput(LayarError):
    code = "invalid"
    status = 422
    message = _("Please check what you entered.")

    @classmethod
    def of(cls, problems: Sequence[FieldProblem]) -> InvalidInput:
        return cls(errors=[asdict(problem) for problem in problems])


class LengthRequired(LayarError):
    code = "length_required"
    status = 411
    message = _("This request must state the length of its body.")


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
