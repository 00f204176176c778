"""Joining a waitlist, confirming the address, limits."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.utils import timezone

from accounts.privacy import erasure
from accounts.privacy.person import Person
from accounts.signals import personal_data_wanted
from bookings.errors.waitlist import (
    AlreadyWaiting,
    SeatRequestInvalid,
    SeatsStillFree,
    TooManyWaitlists,
    WaitlistClosed,
    WaitlistEntryOver,
    WaitlistFull,
)
from bookings.models import EntryEnd, WaitlistEntry
from bookings.waitlist import joining, limits, offers
from bookings.waitlist.joining import Joiner
from bookings.waitlist.matching import SeatRequest
from core.errors import LayarError, NotFound
from movies.models import Showtime
from notifications.models import Message
from seating.best_seats.party import PartyInvalid
from tests.bookings import waitlists
from tests.bookings.waitlists import cancel, join, log, sold_out, wait
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def test_address_of_a_guest_gets_no_offer_before_it_is_confirmed() -> None:
    showtime, sold = sold_out()
    entry = join(showtime, "siti")
    cancel(*sold[:2])

    assert offers.work(timezone.now()) == 0

    joining.confirm(entry_id=entry.pk, at=timezone.now())
    joining.confirm(entry_id=entry.pk, at=timezone.now())
    assert offers.work(timezone.now()) == 1
    assert log() == ["siti joined", "siti confirmed", "siti offered"]


def test_confirmed_address_of_an_account_needs_no_link() -> None:
    showtime, _sold = sold_out()
    user = make_user(email="siti@example.test")
    EmailAddress.objects.update_or_create(
        user=user, email=user.email, defaults={"verified": True, "primary": True}
    )
    joiner = Joiner("SITI@example.test", "", "id", "web:siti", user)

    entry = joining.join(
        showtime_id=showtime.pk, wanted=SeatRequest(2), joiner=joiner, at=timezone.now()
    )

    assert entry.is_confirmed
    with pytest.raises(AlreadyWaiting):
        joining.join(
            showtime_id=showtime.pk, wanted=SeatRequest(1), joiner=joiner, at=timezone.now()
        )


def test_strangers_entry_with_the_same_address_reveals_and_blocks_nothing() -> None:
    showtime, _sold = sold_out()
    strangers = join(showtime, "siti")
    own = join(showtime, "siti")

    joining.confirm(entry_id=own.pk, at=timezone.now())

    with pytest.raises(AlreadyWaiting):
        joining.confirm(entry_id=strangers.pk, at=timezone.now())


def test_unconfirmed_entry_ends_after_a_day() -> None:
    showtime, _sold = sold_out()
    entry = join(showtime, "siti")
    WaitlistEntry.objects.update(created_at=timezone.now() - timedelta(hours=limits.CONFIRM_HOURS))

    offers.work(timezone.now())

    entry.refresh_from_db()
    assert entry.end == EntryEnd.UNCONFIRMED
    with pytest.raises(WaitlistEntryOver):
        joining.confirm(entry_id=entry.pk, at=timezone.now())


def test_nobody_waits_for_seats_that_are_free() -> None:
    showtime, sold = sold_out()
    cancel(*sold[:2])

    with pytest.raises(SeatsStillFree):
        join(showtime, "siti", 2)
    join(showtime, "siti", 3)


@pytest.mark.parametrize(
    ("wanted", "refusal"),
    [
        (SeatRequest(0), PartyInvalid),
        (SeatRequest(9), PartyInvalid),
        (SeatRequest(2, categories=("throne",)), SeatRequestInvalid),
        (SeatRequest(2, categories=("companion",)), SeatRequestInvalid),
        (SeatRequest(2, price_max_rupiah=0), SeatRequestInvalid),
    ],
)
def test_impossible_wish_is_refused(wanted: SeatRequest, refusal: type[LayarError]) -> None:
    showtime, _sold = sold_out("A  r")

    with pytest.raises(refusal):
        joining.join(
            showtime_id=showtime.pk,
            wanted=wanted,
            joiner=Joiner("siti@example.test", "", "id", "web:siti"),
            at=timezone.now(),
        )


def test_waitlist_of_a_showtime_without_sale_is_closed() -> None:
    showtime, _sold = sold_out("A  r")
    Showtime.objects.filter(pk=showtime.pk).update(cancelled_at=timezone.now())

    with pytest.raises(WaitlistClosed):
        join(showtime, "siti")
    with pytest.raises(NotFound):
        join(Showtime(pk=987_654), "siti")


def test_limits_of_a_showtime_and_of_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ENTRIES_BY_SHOWTIME_MAX", 1)
    monkeypatch.setattr(limits, "ENTRIES_BY_PERSON_MAX", 1)
    first, _sold = sold_out("A  r")
    second, _sold = sold_out("A  r")
    waiting = join(first, "budi")
    wait(first, "siti")

    with pytest.raises(WaitlistFull):
        joining.confirm(entry_id=waiting.pk, at=timezone.now())
    with pytest.raises(WaitlistFull):
        join(first, "tono")
    with pytest.raises(TooManyWaitlists):
        wait(second, "siti")
    assert waitlists.offers() == []


def test_own_data_contains_the_entries_and_erasure_ends_them() -> None:
    showtime, sold = sold_out()
    user = make_user(email="siti@example.test")
    EmailAddress.objects.update_or_create(
        user=user, email=user.email, defaults={"verified": True, "primary": True}
    )
    entry = wait(showtime, "siti")
    wait(showtime, "budi")
    join(showtime, "siti", 1)  # anybody may have typed the address
    cancel(*sold[:2])
    offers.work(timezone.now())
    person, collected = Person.of(user), dict[str, Any]()

    personal_data_wanted.send(Person, person=person, collected=collected, at=timezone.now())
    erasure.erase(person, timezone.now())

    assert [(each["people"], each["offers"][0]["seats"]) for each in collected["waitlists"]] == [
        (2, "A1, A2")
    ]
    entry.refresh_from_db()
    assert (entry.email, str(entry.phone), entry.visitor, entry.end) == ("", "", "", EntryEnd.LEFT)
    assert offers.work(timezone.now()) == 1
    assert waitlists.offers()[-1] == ("budi", "A1, A2", "")
    assert not Message.objects.filter(recipient=user.email, waitlist_event__entry=entry).exists()
