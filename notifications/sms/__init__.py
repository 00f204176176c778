"""SMS: a small protocol and one module per gateway, chosen by ``SMS_BACKEND``."""

from __future__ import annotations

from django.conf import settings
from django.utils import translation
from django.utils.module_loading import import_string

from notifications.models import Message
from notifications.sms.base import SmsGateway
from notifications.sms.texts import sms_text

REFERENCE_LENGTH_MAX = 120  # column width


def send_sms(message: Message) -> str:
    """Send one message by the configured gateway; returns the gateway's reference."""
    with translation.override(message.language):
        text = sms_text(message)
    name = settings.SMS_BACKEND
    gateway: SmsGateway = import_string(settings.SMS_GATEWAYS.get(name, name))()
    return gateway.send(message.recipient, text, str(message.pk))[:REFERENCE_LENGTH_MAX]
