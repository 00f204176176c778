"""Generic gateway: one HTTP request per message, configured by settings.

``SMS_HTTP_BODY`` is a JSON document whose strings may say ``{to}`` (+62…), ``{to_digits}`` (62…),
``{text}`` and ``{reference}``. It is sent as JSON or, flat, as a form or a query. The reference is
also sent as ``Idempotency-Key``, for gateways that support it.
"""

from __future__ import annotations

import json
import re
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from notifications.sms import client

PLACEHOLDERS = frozenset({"to", "to_digits", "text", "reference"})
FORMATS = {"json": "json", "form": "data", "query": "params"}
_PLACEHOLDER = re.compile(r"\{(\w*)\}")


class HttpSms:
    def __init__(self) -> None:
        if not settings.SMS_HTTP_URL:
            raise ImproperlyConfigured("SMS_BACKEND=http needs SMS_HTTP_URL.")
        if settings.SMS_HTTP_FORMAT not in FORMATS:
            raise ImproperlyConfigured(f"SMS_HTTP_FORMAT is one of {', '.join(FORMATS)}.")
        try:
            self.template = json.loads(settings.SMS_HTTP_BODY)
        except ValueError:
            raise ImproperlyConfigured("SMS_HTTP_BODY is not JSON.") from None
        if unknown := _placeholders(self.template) - PLACEHOLDERS:
            raise ImproperlyConfigured(f"SMS_HTTP_BODY: no placeholder {sorted(unknown)}.")

    def send(self, to: str, text: str, reference: str) -> str:
        words = {
            "to": to,
            "to_digits": to.removeprefix("+"),
            "text": text,
            "reference": reference,
        }
        headers = {"Idempotency-Key": reference}
        if settings.SMS_HTTP_AUTH:
            headers[settings.SMS_HTTP_AUTH_HEADER] = settings.SMS_HTTP_AUTH
        body = {FORMATS[settings.SMS_HTTP_FORMAT]: _filled(self.template, words)}
        response = client.send_request(
            settings.SMS_HTTP_METHOD, settings.SMS_HTTP_URL, headers=headers, **body
        )
        client.check(response)
        return _reference(client.json_of(response)) or reference


def _placeholders(template: Any) -> set[str]:
    return set(_PLACEHOLDER.findall(json.dumps(template)))


def _filled(template: Any, words: dict[str, str]) -> Any:
    """Replace placeholders in one pass: values are not expanded again."""
    if isinstance(template, dict):
        return {name: _filled(value, words) for name, value in template.items()}
    if isinstance(template, list):
        return [_filled(value, words) for value in template]
    if isinstance(template, str):
        return _PLACEHOLDER.sub(lambda found: words[found[1]], template)
    return template


def _reference(answer: Any) -> str:
    """The gateway's reference at the path ``SMS_HTTP_REFERENCE``, such as messages.0.id."""
    for step in filter(None, settings.SMS_HTTP_REFERENCE.split(".")):
        if isinstance(answer, list) and step.isdecimal() and int(step) < len(answer):
            answer = answer[int(step)]
        elif isinstance(answer, dict):
            answer = answer.get(step)
        else:
            return ""
    return str(answer) if isinstance(answer, str | int) else ""
