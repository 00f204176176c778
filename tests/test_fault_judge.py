"""The judge of `bin/faults` detects every kind of damage."""

from __future__ import annotations

import threading
from socket import create_connection, create_server
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from bookings.models import Booking, Payment
from ops.stores.ports_and_secrets import choose_port
from sandbox_bank.models import Charge
from seating.models import ShowtimeSeat
from tests.factories.orders import capture, make_booking, make_confirmed_booking
from tests.faults import judge
from tests.faults.customers import Observations
from tests.faults.proxies import TcpProxy

NOWHERE = 0  # the API is not called here


def make_paid_charge(payment: Payment, **fields: Any) -> Charge:
    at = timezone.now()
    return Charge.objects.create(
        **{
            "idempotency_key": str(payment.pk),
            "merchant_reference": str(payment.pk),
            "amount": payment.amount_rupiah,
            "currency": "IDR",
            "status": "succeeded",
            "captured_amount": payment.amount_rupiah,
            "captured_currency": "IDR",
            "expires_at": at,
            "settled_at": at,
        }
        | fields
    )


def payment_of(booking: Booking) -> Payment:
    return booking.payments.get()


@pytest.mark.django_db
def test_books_that_agree_are_right() -> None:
    make_paid_charge(payment_of(make_confirmed_booking()))

    assert (judge.money_violations(), judge.unmatched_charges()) == ([], [])


@pytest.mark.django_db
def test_money_that_we_do_not_know_of_is_noticed() -> None:
    charge = make_paid_charge(payment_of(make_booking()))

    assert judge.unmatched_charges() == [charge.reference]
    assert judge.violations(NOWHERE, Observations()) == [
        f"{charge.reference}: the bank has the money, we do not know of it"
    ]


@pytest.mark.django_db
def test_money_without_seats_that_is_not_due_back_is_noticed() -> None:
    charge = make_paid_charge(capture(payment_of(make_booking())))

    assert judge.money_violations() == [
        f"{charge.reference}: paid, without seats, and not all of it due back"
    ]


@pytest.mark.django_db
def test_judge_reports_a_refund_that_was_not_due() -> None:
    payment = payment_of(make_confirmed_booking())
    charge = make_paid_charge(payment, refunded_amount=payment.amount_rupiah)

    assert judge.money_violations() == [
        f"{charge.reference}: the bank gave back {payment.amount_rupiah}"
    ]


@pytest.mark.django_db
def test_answers_that_are_not_in_the_rows_are_noticed() -> None:
    hold = str(uuid4())

    assert judge.violations(NOWHERE, Observations(holds=[hold], orders={"NOSUCH": "token"})) == [
        f"answered, and not in the rows: {hold}",
        "answered, and not in the rows: NOSUCH",
    ]


@pytest.mark.django_db
def test_seat_without_its_ticket_is_noticed() -> None:
    booking = make_confirmed_booking()
    ShowtimeSeat.objects.filter(sale=booking.pk).update(status="available", sale=None)

    assert judge.violations(NOWHERE, Observations()) != []


def test_proxy_forwards_until_it_is_cut_and_again_after_repair() -> None:
    with create_server(("127.0.0.1", 0)) as far:
        threading.Thread(target=_echo, args=(far,), daemon=True).start()
        proxy = TcpProxy(choose_port(), far.getsockname()[1])
        proxy.start()
        try:
            before = _said_through(proxy.port)
            proxy.cut()
            meanwhile = _said_through(proxy.port)
            proxy.repair()
            after = _said_through(proxy.port)
        finally:
            proxy.close()

    assert (before, meanwhile, after, proxy.refused) == (b"hello", b"", b"hello", 1)


def test_line_loses_whole_messages_alone() -> None:
    proxy = TcpProxy(choose_port(), 1)
    proxy.share_lost = 1.0
    pushed = b"*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$5\r\nhello\r\n"

    assert proxy._with_losses(b"+OK\r\n" + pushed + b":1\r\n") == b"+OK\r\n:1\r\n"
    assert proxy.lost == 1


def _echo(far: Any) -> None:
    while True:
        try:
            connection, _address = far.accept()
        except OSError:
            return
        connection.sendall(connection.recv(5))


def _said_through(port: int) -> bytes:
    with create_connection(("127.0.0.1", port), timeout=5) as near:
        try:
            near.sendall(b"hello")
            return near.recv(5)
        except ConnectionError:
            return b""
