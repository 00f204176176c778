"""Export and erasure of a person's data, on the site and by an operator."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from knox.models import AuthToken

from accounts.models import IdempotentRequest, User, UserSession
from accounts.privacy import erasure
from accounts.privacy.person import Person
from bookings.models import Booking, ManualPayout, RefundStatus
from bookings.orders.guest_bookings import join_account
from notifications.dispatch import enqueue
from notifications.models import Channel, Message, MessageKind
from tests.factories import make_booking, make_confirmed_booking, make_showtime, make_user
from tests.factories.orders import make_refund

pytestmark = pytest.mark.django_db

PASSWORD = "kopi-susu-1965"
EMAIL, NAME, PHONE = "zubaidah.q@contoh.example", "Zubaidah Quraisyin", "+6281355577799"
DATA, DELETE = "/en/accounts/profile/data/", "/en/accounts/profile/delete/"


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    store = settings.STORAGES["dbbackup"]
    settings.STORAGES = settings.STORAGES | {
        "dbbackup": store | {"OPTIONS": store["OPTIONS"] | {"location": str(tmp_path)}}
    }
    return tmp_path


@pytest.fixture
def zubaidah() -> User:
    user = make_user(email=EMAIL, name=NAME, phone=PHONE, password=PASSWORD)
    EmailAddress.objects.update_or_create(
        user=user, defaults={"email": EMAIL, "verified": True, "primary": True}
    )
    return user


def seen(at: datetime | None = None, **fields: Any) -> Booking:
    """A booking of an ended show whose confirmation still waits in the outbox."""
    at = at or timezone.now() - timedelta(days=3)
    contact = {"contact_name": NAME, "contact_email": EMAIL, "contact_phone": PHONE}
    booking = make_confirmed_booking(
        make_showtime(at=at - timedelta(days=1)), 2, at=at, **contact | fields
    )
    event = booking.events.get(kind="confirmed")
    enqueue(booking, event, MessageKind.BOOKING_CONFIRMED, Channel.EMAIL, Channel.SMS)
    return booking


def traces(*words: str) -> list[str]:
    """table.column of every value in the database that contains one of the words."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name, data_type FROM information_schema.columns"
            " JOIN pg_tables ON tablename = table_name AND schemaname = table_schema"
            " WHERE table_schema = 'public' ORDER BY 1, 2"
        )
        for table, column, kind in cursor.fetchall():
            shown = f"encode(\"{column}\", 'escape')" if kind == "bytea" else f'"{column}"::text'
            for word in words:
                cursor.execute(
                    f'SELECT count(*) FROM "{table}" WHERE {shown} ILIKE %s',
                    [f"%{word}%"],
                )
                if cursor.fetchone()[0]:
                    found.append(f"{table}.{column}")
    return sorted(set(found))


def signed_in(user: User) -> Client:
    client = Client()
    answer = client.post("/en/accounts/login/", {"login": user.email, "password": PASSWORD})
    assert answer.status_code == 302
    return client


def test_no_column_of_any_table_knows_an_erased_customer(zubaidah: User) -> None:
    client = signed_in(zubaidah)
    AuthToken.objects.create(user=zubaidah)
    booking = seen(user=zubaidah)
    budi: dict[str, Any] = {
        "contact_name": "Budi",
        "contact_email": "budi@contoh.example",
        "contact_phone": "",
    }
    other = seen(user=make_user(), **budi)
    Booking.objects.filter(pk=booking.pk).update(contact_phone="+6281355577700")  # a history
    Booking.objects.filter(pk=booking.pk).update(contact_phone=PHONE)
    _paid_out_by_hand(booking, f"BCA {NAME}")
    _keep_answer(f'{{"email": "{EMAIL}"}}')
    _keep_answer('{"email": "budi@contoh.example"}')
    before = traces(EMAIL, NAME, "813555777")

    erasure.erase(Person.of(zubaidah), timezone.now())

    assert before == [
        "account_emailaddress.email",
        "accounts_user.email",
        "accounts_user.name",
        "accounts_user.phone",
        "bookings_booking.contact_email",
        "bookings_booking.contact_name",
        "bookings_booking.contact_phone",
        "bookings_bookinghistory.contact_email",
        "bookings_bookinghistory.contact_name",
        "bookings_bookinghistory.contact_phone",
        "bookings_manualpayout.note",
        "notifications_message.recipient",
    ]
    assert traces(EMAIL, NAME, "813555777") == []
    assert not AuthToken.objects.exists()
    assert client.get(DATA).status_code == 302
    assert _kept_answers() == ['{"email": "budi@contoh.example"}']
    booking.refresh_from_db()
    assert (booking.user, booking.visitor, booking.total_rupiah > 0) == (None, "", True)
    assert set(Message.objects.filter(booking=booking).values_list("status", flat=True)) == {"dead"}
    other.refresh_from_db()
    assert (other.contact_name, other.user is None) == ("Budi", False)


def _paid_out_by_hand(booking: Booking, note: str) -> None:
    at = timezone.now()
    refund = make_refund(
        booking.payments.get(), status=RefundStatus.REFUNDED, refunded_at=at, amount_rupiah=1_000
    )
    ManualPayout.objects.create(
        refund=refund,
        cause="test",
        opened_at=at,
        resolved_at=at,
        resolved_by=make_user(),
        note=note,
    )


def _keep_answer(body: str) -> None:
    from accounts.idempotency import _fernet, subjects_of

    IdempotentRequest.objects.create(
        actor="test",
        key=str(uuid4()),
        fingerprint="",
        response_status=200,
        response_body=_fernet().encrypt(body.encode()),
        subjects=subjects_of(None, body),
    )


def _kept_answers() -> list[str]:
    from accounts.idempotency import _fernet

    kept = IdempotentRequest.objects.filter(actor="test")
    return [_fernet().decrypt(bytes(each.response_body or b"")).decode() for each in kept]


def test_download_contains_only_the_persons_own_data(zubaidah: User) -> None:
    booking = seen(user=zubaidah)
    seen(user=make_user(), contact_name="Budi", contact_email="budi@contoh.example")

    answer = signed_in(zubaidah).get(DATA)

    assert answer.headers["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as file:
        exported = json.loads(file.read("layar-data.json"))
    sections = "account bookings email_addresses made_at messages sessions waitlists"
    assert sorted(exported) == sections.split()
    assert (exported["account"]["name"], exported["account"]["phone"]) == (NAME, PHONE)
    assert [each["code"] for each in exported["bookings"]] == [booking.code]
    assert [len(exported["bookings"][0][part]) for part in ("tickets", "payments")] == [2, 1]
    assert [each["recipient"] for each in exported["messages"]] == [EMAIL, PHONE]


def test_unconfirmed_address_opens_no_bookings() -> None:
    seen()
    thief = make_user(email=EMAIL)
    EmailAddress.objects.create(user=thief, email=EMAIL, verified=False, primary=True)

    assert Person.of(thief).emails == frozenset()
    assert erasure.obstacles(Person.of(thief), timezone.now()) == []
    erasure.erase(Person.of(thief), timezone.now())
    assert Booking.objects.get().contact_email == EMAIL


def test_erasure_of_an_unconfirmed_address_signs_no_stranger_out(zubaidah: User) -> None:
    """Not even a user whose own data contains the address."""
    other_client = signed_in(zubaidah)
    _keep_answer(f'{{"email": "{EMAIL}"}}')
    thief = make_user(email=EMAIL.removeprefix("z"), password=PASSWORD)
    own = signed_in(thief)

    erasure.erase(Person.of(thief), timezone.now())

    assert (other_client.get(DATA).status_code, own.get(DATA).status_code) == (200, 302)
    assert _kept_answers() == [f'{{"email": "{EMAIL}"}}']
    assert UserSession.objects.filter(user=thief).count() == 0


def test_all_sessions_of_an_erased_account_end(zubaidah: User) -> None:
    clients = [signed_in(zubaidah), signed_in(zubaidah)]

    erasure.erase(Person.of(zubaidah), timezone.now())

    assert [client.get(DATA).status_code for client in clients] == [302, 302]


def test_erasure_makes_the_same_queries_however_many_others_there_are(zubaidah: User) -> None:
    second = make_user(email="second@contoh.example", password=PASSWORD)

    def queries(user: User) -> int:
        signed_in(user)
        with CaptureQueriesContext(connection) as captured:
            erasure.erase(Person.of(user), timezone.now())
        return len(captured)

    alone = queries(zubaidah)
    for _number in range(5):
        signed_in(make_user(password=PASSWORD))
        _keep_answer(f'{{"email": "{uuid4()}@contoh.example"}}')
    assert queries(second) <= alone


def test_guest_booking_by_a_stranger_neither_blocks_an_erasure_nor_is_touched_by_it(
    zubaidah: User,
) -> None:
    contact: dict[str, Any] = {"contact_name": NAME, "contact_email": EMAIL}
    unpaid = make_booking(make_showtime(), 1, **contact)
    others = make_confirmed_booking(make_showtime(), 1, user=make_user(), **contact)

    erasure.erase(Person.of(zubaidah), timezone.now())

    kept = Booking.objects.filter(pk__in=[unpaid.pk, others.pk])
    assert set(kept.values_list("contact_email", flat=True)) == {EMAIL}
    others.refresh_from_db()
    assert others.user is not None


def test_paid_guest_booking_by_a_stranger_blocks_nothing_and_loses_the_address_alone(
    zubaidah: User,
) -> None:
    """The payer keeps name, phone and tickets; the address was not theirs."""
    contact: dict[str, Any] = {"contact_name": "Budi", "contact_email": EMAIL.upper()}
    coming = make_confirmed_booking(make_showtime(), 1, contact_phone="+628111", **contact)
    over = seen(user=None, contact_name="Budi", contact_phone="+628111")

    erasure.erase(Person.of(zubaidah), timezone.now())

    kept = Booking.objects.filter(pk__in=[coming.pk, over.pk])
    assert set(kept.values_list("contact_name", "contact_email", "contact_phone")) == {
        ("Budi", "", "+628111")
    }
    assert traces(EMAIL) == []


def test_guest_bookings_that_their_owner_added_are_erased_whole(zubaidah: User) -> None:
    paid = seen(user=None)
    join_account(zubaidah, timezone.now())

    erasure.erase(Person.of(zubaidah), timezone.now())

    paid.refresh_from_db()
    assert (paid.user, paid.contact_name, paid.contact_email, paid.contact_phone) == (
        None, "", "", "",
    )  # fmt: skip


def test_operator_erases_a_guest_with_all_paid_bookings(zubaidah: User) -> None:
    guest = "guest@contoh.example"
    booking = seen(user=None, contact_email=guest)

    erasure.erase(Person.with_email(guest), timezone.now())

    booking.refresh_from_db()
    assert (booking.contact_name, booking.contact_email) == ("", "")
    assert erasure.erase(Person.with_email(guest), timezone.now()) is None


def test_pages_are_for_who_is_signed_in() -> None:
    answers = [Client().get(path).status_code for path in (DATA, DELETE)]

    assert answers == [302, 302]
