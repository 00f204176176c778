"""SMS gateways over real HTTP against fakes of their APIs: accepted, refused, unavailable."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from bookings.models import Booking
from notifications import delivery
from notifications.models import Message
from notifications.sms import client
from notifications.sms.http import HttpSms
from notifications.sms.sns import SnsSms
from notifications.sms.twilio import TwilioSms
from tests.notifications.conftest import make_message

TO = "+6281234567890"
ACCOUNT, TOKEN = "AC" + "0" * 32, "secret"
MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"


def twilio_says(status: int, **document: Any) -> Response:
    return Response(json.dumps(document), status, content_type="application/json")


def sns_says(status: int, code: str = "") -> Response:
    if status == 200:
        body = "<PublishResponse><PublishResult><MessageId>sns-1</MessageId></PublishResult>"
        return Response(f"{body}</PublishResponse>", 200, content_type="text/xml")
    kind = "Sender" if status < 500 else "Receiver"
    error = f"<Type>{kind}</Type><Code>{code}</Code><Message>{TO}</Message>"
    return Response(
        f"<ErrorResponse><Error>{error}</Error></ErrorResponse>", status, content_type="text/xml"
    )


@pytest.fixture
def twilio(httpserver: HTTPServer, settings: Any) -> HTTPServer:
    settings.SMS_BACKEND = "twilio"
    settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = ACCOUNT, TOKEN
    settings.TWILIO_FROM = "+15005550006"
    settings.TWILIO_API_URL = httpserver.url_for("/2010-04-01")
    return httpserver


@pytest.fixture
def sns(httpserver: HTTPServer, settings: Any, monkeypatch: pytest.MonkeyPatch) -> HTTPServer:
    settings.SMS_BACKEND = "sns"
    settings.SNS_REGION, settings.SNS_SENDER_ID = "ap-southeast-3", "LAYAR"
    settings.SNS_ENDPOINT_URL = httpserver.url_for("/").rstrip("/")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", TOKEN)
    return httpserver


@pytest.fixture
def gateway(httpserver: HTTPServer, settings: Any) -> HTTPServer:
    settings.SMS_BACKEND = "http"
    settings.SMS_HTTP_URL = httpserver.url_for("/send")
    settings.SMS_HTTP_BODY = (
        '{"from": "LAYAR", "ref": "{reference}", "urgent": true,'
        ' "messages": [{"to": "{to_digits}", "body": "{text}"}]}'
    )
    settings.SMS_HTTP_AUTH = f"Bearer {TOKEN}"
    settings.SMS_HTTP_REFERENCE = "messages.0.id"
    return httpserver


def deliver(booking: Booking) -> tuple[str, str, list[str]]:
    """Result of one attempt: the message's state, the gateway's reference, its record."""
    message = make_message(booking, channel="sms", recipient=TO)
    delivery.deliver(message.pk, at=message.created_at)
    message.refresh_from_db()
    attempts = list(message.delivery_attempts.values_list("detail", flat=True))
    return message.status, message.provider_reference, attempts


def form(request: Request) -> dict[str, str]:
    return dict(parse_qsl(request.get_data(as_text=True)))


def test_twilio_accepts_a_message(twilio: HTTPServer) -> None:
    twilio.expect_request(MESSAGES, method="POST").respond_with_response(
        twilio_says(201, sid="SM1")
    )

    assert TwilioSms().send(TO, "Kursi A1 & A2", "our-1") == "SM1"
    request = twilio.log[0][0]
    assert form(request) == {"To": TO, "From": "+15005550006", "Body": "Kursi A1 & A2"}
    password = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
    assert request.headers["Authorization"] == f"Basic {password}"


def test_twilio_sends_by_a_messaging_service(twilio: HTTPServer, settings: Any) -> None:
    settings.TWILIO_FROM = "MG" + "1" * 32
    twilio.expect_request(MESSAGES).respond_with_response(twilio_says(201, sid="SM2"))

    TwilioSms().send(TO, "Hai", "our-2")

    assert form(twilio.log[0][0]) == {
        "To": TO,
        "MessagingServiceSid": settings.TWILIO_FROM,
        "Body": "Hai",
    }


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (twilio_says(201, sid="SM3"), ("sent", "SM3", ["SM3"])),
        (twilio_says(400, code=21211), ("dead", "", ["Undeliverable http_400"])),
        (twilio_says(400, code=21610), ("dead", "", ["Undeliverable http_400"])),
        (twilio_says(400, code=21659), ("waiting", "", ["GatewayFailed twilio_21659"])),
        (twilio_says(401, code=20003), ("waiting", "", ["GatewayFailed http_401"])),
        (twilio_says(429, code=20429), ("waiting", "", ["GatewayFailed http_429"])),
        (twilio_says(503), ("waiting", "", ["GatewayFailed http_503"])),
        (Response("<html>", 502), ("waiting", "", ["GatewayFailed http_502"])),
        (Response("", 302, {"Location": "/else"}), ("waiting", "", ["GatewayFailed http_302"])),
    ],
)
def test_twilio_answer_decides_what_becomes_of_the_message(
    twilio: HTTPServer, booking: Booking, answer: Response, state: tuple[str, str, list[str]]
) -> None:
    twilio.expect_request(MESSAGES).respond_with_response(answer)

    assert deliver(booking) == state
    assert len(twilio.log) == 1


def test_sns_accepts_a_message(sns: HTTPServer) -> None:
    sns.expect_request("/", method="POST").respond_with_response(sns_says(200))

    assert SnsSms().send(TO, "Kursi A1", "our-1") == "sns-1"
    request = sns.log[0][0]
    sent = form(request)
    assert (sent["Action"], sent["PhoneNumber"], sent["Message"]) == ("Publish", TO, "Kursi A1")
    assert {value for name, value in sent.items() if name.startswith("MessageAttributes")} == {
        "AWS.SNS.SMS.SMSType", "Transactional", "AWS.SNS.SMS.SenderID", "LAYAR", "String",
    }  # fmt: skip
    assert "AKIDEXAMPLE/" in request.headers["Authorization"]
    assert "/ap-southeast-3/sns/aws4_request" in request.headers["Authorization"]


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (sns_says(200), ("sent", "sns-1", ["sns-1"])),
        (sns_says(400, "InvalidParameter"), ("dead", "", ["Undeliverable sns_InvalidParameter"])),
        (sns_says(400, "OptedOut"), ("dead", "", ["Undeliverable sns_OptedOut"])),
        (
            sns_says(403, "InvalidClientTokenId"),
            ("waiting", "", ["GatewayFailed sns_InvalidClientTokenId"]),
        ),
        (sns_says(400, "Throttling"), ("waiting", "", ["GatewayFailed sns_Throttling"])),
        (sns_says(500, "InternalError"), ("waiting", "", ["GatewayFailed sns_InternalError"])),
    ],
)
def test_sns_answer_decides_what_becomes_of_the_message(
    sns: HTTPServer, booking: Booking, answer: Response, state: tuple[str, str, list[str]]
) -> None:
    sns.expect_request("/").respond_with_response(answer)

    assert deliver(booking) == state
    assert len(sns.log) == 1


def test_http_gateway_gets_the_filled_template(gateway: HTTPServer) -> None:
    gateway.expect_request("/send", method="POST").respond_with_json({"messages": [{"id": 17}]})

    assert HttpSms().send(TO, 'A "quoted" {to} text', "our-1") == "17"
    request = gateway.log[0][0]
    assert request.get_json() == {
        "from": "LAYAR",
        "ref": "our-1",
        "urgent": True,
        "messages": [{"to": "6281234567890", "body": 'A "quoted" {to} text'}],
    }
    assert request.headers["Authorization"] == f"Bearer {TOKEN}"
    assert request.headers["Idempotency-Key"] == "our-1"


@pytest.mark.parametrize(("method", "shape"), [("POST", "form"), ("GET", "query")])
def test_http_gateway_sends_forms_and_queries(
    gateway: HTTPServer, settings: Any, method: str, shape: str
) -> None:
    settings.SMS_HTTP_METHOD, settings.SMS_HTTP_FORMAT = method, shape
    settings.SMS_HTTP_BODY = '{"nomor": "{to}", "pesan": "{text}"}'
    settings.SMS_HTTP_AUTH_HEADER, settings.SMS_HTTP_AUTH = "X-Key", TOKEN
    gateway.expect_request("/send", method=method).respond_with_data("OK")

    assert HttpSms().send(TO, "a & b", "our-1") == "our-1"  # the gateway returns no reference
    request = gateway.log[0][0]
    sent = form(request) if shape == "form" else request.args.to_dict()
    assert (sent, request.headers["X-Key"]) == ({"nomor": TO, "pesan": "a & b"}, TOKEN)


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (Response('{"messages": [{"id": "g-1"}]}', 202), ("sent", "g-1", ["g-1"])),
        (Response('{"messages": [{"id": "%s"}]}' % ("g" * 300)), ("sent", "g" * 120, ["g" * 120])),
        (Response("", 422), ("dead", "", ["Undeliverable http_422"])),
        (Response("", 401), ("waiting", "", ["GatewayFailed http_401"])),
        (Response("", 500), ("waiting", "", ["GatewayFailed http_500"])),
    ],
)
def test_http_gateway_answer_decides_what_becomes_of_the_message(
    gateway: HTTPServer, booking: Booking, answer: Response, state: tuple[str, str, list[str]]
) -> None:
    gateway.expect_request("/send").respond_with_response(answer)

    assert deliver(booking) == state


@pytest.mark.parametrize("answer", [b"[]", b"null", b'{"messages": []}', b"not json", b"{}"])
def test_http_gateway_that_names_no_message_is_known_by_ours(
    gateway: HTTPServer, answer: bytes
) -> None:
    gateway.expect_request("/send").respond_with_data(answer)

    assert HttpSms().send(TO, "Hai", "our-1") == "our-1"


@pytest.mark.parametrize("name", ["twilio", "sns", "gateway"])
def test_gateway_timeout_is_retried(
    name: str,
    request: pytest.FixtureRequest,
    booking: Booking,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server: HTTPServer = request.getfixturevalue(name)
    for module in ("client", "sns"):
        monkeypatch.setattr(f"notifications.sms.{module}.ANSWER_TIMEOUT_SECONDS", 0.2)
    server.expect_request("").respond_with_handler(_slowly)

    state, reference, attempts = deliver(booking)

    assert (state, reference) == ("waiting", "")
    assert attempts == [f"GatewayFailed {'ReadTimeoutError' if name == 'sns' else 'ReadTimeout'}"]


def _slowly(request: Request) -> Response:
    time.sleep(0.6)
    return Response("{}")


@pytest.mark.parametrize("name", ["twilio", "sns", "gateway"])
def test_gateway_that_is_not_there_is_tried_again(
    name: str, request: pytest.FixtureRequest, booking: Booking, settings: Any
) -> None:
    request.getfixturevalue(name)
    nowhere = "http://127.0.0.1:9"
    settings.TWILIO_API_URL = settings.SMS_HTTP_URL = settings.SNS_ENDPOINT_URL = nowhere

    state, _reference, attempts = deliver(booking)

    expected = "EndpointConnectionError" if name == "sns" else "ConnectError"
    assert (state, attempts) == ("waiting", [f"GatewayFailed {expected}"])


def test_what_is_recorded_never_names_the_guest(twilio: HTTPServer, booking: Booking) -> None:
    twilio.expect_request(MESSAGES).respond_with_response(twilio_says(400, message=f"no {TO}"))

    assert TO not in str(deliver(booking))
    assert Message.objects.get().delivery_attempts.get().detail == "Undeliverable http_400"


@pytest.mark.parametrize(
    ("make", "wrong"),
    [
        (TwilioSms, {"TWILIO_FROM": ""}),
        (TwilioSms, {"TWILIO_AUTH_TOKEN": ""}),
        (HttpSms, {"SMS_HTTP_URL": ""}),
        (HttpSms, {"SMS_HTTP_FORMAT": "xml"}),
        (HttpSms, {"SMS_HTTP_BODY": "to={to}"}),
        (HttpSms, {"SMS_HTTP_BODY": '{"to": "{name}"}'}),
    ],
)
@pytest.mark.usefixtures("twilio", "gateway")
def test_incompletely_configured_gateway_is_refused(
    make: Callable[[], Any], wrong: dict[str, str], settings: Any
) -> None:
    for name, value in wrong.items():
        setattr(settings, name, value)

    with pytest.raises(ImproperlyConfigured):
        make()


def test_timeouts_stay_within_a_workers_lease() -> None:
    assert delivery.LEASE.seconds > client.CONNECT_TIMEOUT_SECONDS + client.ANSWER_TIMEOUT_SECONDS
