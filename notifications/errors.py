"""What sending messages refuses.

LayarError
└── Refused
    └── MessageNotDead   409  only a message that was given up can be sent again

Undeliverable            the network's "no, and do not ask again"; never reaches a page
GatewayFailed            no answer, or one that may be another later; never reaches a page
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from core.errors import Refused


class MessageNotDead(Refused):
    code = "message_not_dead"
    message = _("Only a message that was given up can be sent again.")


class Undeliverable(Exception):
    """The channel understood and will never take this message. ``code`` is not personal."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class GatewayFailed(Exception):
    """Nothing is wrong with the message: it is tried again. ``code`` is not personal."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)
