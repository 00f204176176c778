"""Amazon SNS through boto3, an optional package: see ``requirements-aws.txt``.

boto3 finds the credentials (environment, profile, the machine's role). SNS has no idempotency for
text messages: if a response is lost, the customer may get two.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from notifications.errors import GatewayFailed, Undeliverable
from notifications.sms.client import ANSWER_TIMEOUT_SECONDS, CONNECT_TIMEOUT_SECONDS

# Errors about the number or the text are permanent; all others are temporary.
FOR_GOOD = frozenset(
    {"InvalidParameter", "InvalidParameterValue", "ParameterValueInvalid", "OptedOut"}
)


class SnsSms:
    def __init__(self) -> None:
        try:
            import boto3
            from botocore import exceptions
            from botocore.config import Config
        except ImportError:
            raise ImproperlyConfigured(
                "SMS_BACKEND=sns needs packages that are optional. Install them with: "
                "pip install --require-hashes -r requirements-aws.txt"
            ) from None
        self.exceptions = exceptions
        self.client = boto3.client(
            "sns",
            region_name=settings.SNS_REGION or None,
            endpoint_url=settings.SNS_ENDPOINT_URL or None,
            config=Config(
                connect_timeout=CONNECT_TIMEOUT_SECONDS,
                read_timeout=ANSWER_TIMEOUT_SECONDS,
                retries={"total_max_attempts": 1},  # the outbox retries and records attempts
            ),
        )

    def send(self, to: str, text: str, reference: str) -> str:
        attributes = {"AWS.SNS.SMS.SMSType": "Transactional"}
        if settings.SNS_SENDER_ID:
            attributes["AWS.SNS.SMS.SenderID"] = settings.SNS_SENDER_ID
        try:
            answer: dict[str, Any] = self.client.publish(
                PhoneNumber=to,
                Message=text,
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": value}
                    for name, value in attributes.items()
                },
            )
        except self.exceptions.ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", "unknown"))
            raise (Undeliverable if code in FOR_GOOD else GatewayFailed)(f"sns_{code}") from None
        except self.exceptions.BotoCoreError as error:
            raise GatewayFailed(type(error).__name__) from None
        return str(answer.get("MessageId", ""))
