"""Deleting an account on the site and by command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import Erasure, User
from accounts.privacy import erasure, export
from accounts.privacy.erasure import ErasureRefused
from accounts.privacy.person import Person
from accounts.privacy.views import DELETIONS_BY_PERSON
from bookings.models import Refund
from tests.accounts.test_own_data import (
    DELETE,
    EMAIL,
    NAME,
    PASSWORD,
    PHONE,
    seen,
    signed_in,
    traces,
)
from tests.factories import make_booking, make_confirmed_booking, make_showtime, make_user
from tests.factories.orders import make_refund
from tests.limits import use_up

pytestmark = pytest.mark.django_db


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


def test_account_is_deleted_with_its_password_alone(zubaidah: User) -> None:
    seen(user=zubaidah)
    client = signed_in(zubaidah)

    wrong = client.post(DELETE, {"password": "not it"})
    still = User.objects.get(pk=zubaidah.pk).name
    right = client.post(DELETE, {"password": PASSWORD})

    assert (wrong.status_code, still) == (200, NAME)
    assert "That is not right" in wrong.content.decode()
    assert (right.status_code, right.headers["Location"]) == (302, "/en/accounts/closed/")
    assert User.objects.get(pk=zubaidah.pk).name == ""
    again = client.post("/en/accounts/login/", {"login": EMAIL, "password": PASSWORD})
    assert again.status_code == 200  # the form, with its refusal
    assert Erasure.objects.get().user_id == zubaidah.pk


def test_password_is_not_guessed_here(zubaidah: User) -> None:
    client = signed_in(zubaidah)
    use_up(DELETIONS_BY_PERSON, f"user:{zubaidah.pk}")

    answer = client.post(DELETE, {"password": PASSWORD})

    assert "Too many attempts" in answer.content.decode()
    assert User.objects.get(pk=zubaidah.pk).name == NAME


def test_deletion_with_upcoming_tickets_is_refused_and_names_them(zubaidah: User) -> None:
    booking = make_confirmed_booking(make_showtime(), 1, user=zubaidah, contact_email=EMAIL)
    client = signed_in(zubaidah)

    page = client.get(DELETE).content.decode()
    answer = client.post(DELETE, {"password": PASSWORD})

    assert booking.code in page
    assert "Delete my account for good" not in page
    assert booking.code in answer.content.decode()
    assert User.objects.get(pk=zubaidah.pk).name == NAME
    with pytest.raises(CommandError, match=booking.code):
        call_command("erase_customer", EMAIL, yes=True)


def test_unpaid_order_and_running_refund_stop_it(zubaidah: User) -> None:
    pending = make_booking(make_showtime(), 1, user=zubaidah, contact_email=EMAIL)
    refunded = seen(user=zubaidah)
    make_refund(refunded.payments.get())

    with pytest.raises(ErasureRefused) as refused:
        erasure.erase(Person.of(zubaidah), timezone.now())

    reported = refused.value.obstacles
    assert len(reported) == 2
    assert pending.code in reported[0]
    assert refunded.code in reported[1]
    assert Refund.objects.get().status == "due"


def test_staff_lose_their_role_first(zubaidah: User) -> None:
    User.objects.filter(pk=zubaidah.pk).update(is_staff=True)

    with pytest.raises(CommandError, match="has a post here"):
        call_command("erase_customer", EMAIL, yes=True)


def test_guest_is_exported_and_erased_by_address(capsys: pytest.CaptureFixture[str]) -> None:
    booking = seen()

    call_command("export_customer", EMAIL.upper())
    reported = json.loads(capsys.readouterr().out)
    call_command("erase_customer", EMAIL, yes=True)

    assert (reported["account"], [each["code"] for each in reported["bookings"]]) == (
        None,
        [booking.code],
    )
    assert traces(EMAIL, NAME, "813555777") == []
    assert "account -, 1 bookings" in capsys.readouterr().out


def test_only_the_operators_export_contains_the_notes_of_staff(zubaidah: User) -> None:
    text, at = "Shouted at the usher", timezone.now()
    seen(user=zubaidah).notes.create(text=text, written_by=make_user(), written_at=at)

    people = (Person.of(zubaidah), Person.with_email(EMAIL))
    exported = [export.collect(person, at)["bookings"] for person in people]

    assert [[row.get("notes") for row in rows] for rows in exported] == [[None], [[text]]]


@pytest.mark.parametrize("command", ["export_customer", "erase_customer"])
def test_erasure_of_an_unknown_address_is_refused(command: str) -> None:
    options = {"yes": True} if command == "erase_customer" else {}

    with pytest.raises(CommandError, match="no account or booking has this address"):
        call_command(command, "nobody@contoh.example", **options)
    assert not Erasure.objects.exists()


def test_erase_command_asks_for_confirmation(
    monkeypatch: pytest.MonkeyPatch, zubaidah: User
) -> None:
    monkeypatch.setattr("builtins.input", lambda _question: "something else")

    with pytest.raises(CommandError, match="nothing was erased"):
        call_command("erase_customer", EMAIL)
    assert User.objects.get(pk=zubaidah.pk).name == NAME
