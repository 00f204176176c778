"""Errors of sending messages.

LayarError
└── Refused
    └── MessageNotDead   409  only a message that was given up can be sent again

Undeliverable            permanent failure; never reaches a page
GatewayFailed            temporary failure or no response; never reaches a page
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from core.errors import Refused


class MessageNotDead(Refused):
    code = "message_not_dead"
    message = _("Only a message that was given up can be sent again.")


class Undeliverable(Exception):
    """The channel will never accept this message. ``code`` holds no personal data."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class GatewayFailed(Exception):
    """A failure that is retried. ``code`` holds no personal data."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)
