"""Twilio's Messages resource (REST API 2010-04-01), over HTTP without its SDK.

Twilio has no idempotency key for messages: if a response is lost, the customer may get two.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from notifications.errors import GatewayFailed
from notifications.sms import client

SERVICE_PREFIX = "MG"  # a messaging service instead of a number
# Twilio responds 400, but the sender or the account is at fault, not the recipient.
OURS_TO_MEND = frozenset({21212, 21408, 21603, 21606, 21659, 21660})


class TwilioSms:
    def __init__(self) -> None:
        self.account, self.token = settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN
        self.sender = settings.TWILIO_FROM
        if not (self.account and self.token and self.sender):
            raise ImproperlyConfigured(
                "SMS_BACKEND=twilio needs TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_FROM."
            )

    def send(self, to: str, text: str, reference: str) -> str:
        by = "MessagingServiceSid" if self.sender.startswith(SERVICE_PREFIX) else "From"
        response = client.send_request(
            "POST",
            f"{settings.TWILIO_API_URL}/Accounts/{self.account}/Messages.json",
            data={"To": to, by: self.sender, "Body": text},
            auth=(self.account, self.token),
        )
        answer = _document(client.json_of(response))
        if response.status_code == 400 and answer.get("code") in OURS_TO_MEND:
            raise GatewayFailed(f"twilio_{answer['code']}")
        client.check(response)
        return str(answer.get("sid", ""))


def _document(answer: Any) -> dict[str, Any]:
    return answer if isinstance(answer, dict) else {}
