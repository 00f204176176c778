"""Showtimes that were added together are undone together while nobody has booked them."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from bookings.errors.staff import BatchNotUndoable
from bookings.showtimes import undo
from movies.models import BatchKind, Cinema, ScheduleBatch, Showtime
from movies.scheduling.batches import schedule_as_batch
from movies.scheduling.showtimes import ShowtimeDraft
from seating.holds.transitions import release_hold
from tests.bookings.threads import run_behind
from tests.clients import signed_in
from tests.factories import (
    make_booking,
    make_cinema,
    make_confirmed_booking,
    make_hold,
    make_layout,
    make_manager,
    make_movie,
    make_showtime,
    make_studio,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def cinema(db: None) -> Cinema:
    return make_cinema()


@pytest.fixture
def manager(cinema: Cinema) -> User:
    return make_manager(cinema)


def added(cinema: Cinema, by: User, count: int = 3) -> list[Showtime]:
    studio, movie, at = make_studio(cinema), make_movie(), timezone.now()
    make_layout(studio)
    drafts = [
        ShowtimeDraft(
            studio=studio,
            movie=movie,
            starts_at=at + timedelta(days=1, hours=4 * number),
            audio_language="Indonesia",
            base_price_rupiah=50_000,
        )
        for number in range(count)
    ]
    return schedule_as_batch(drafts, kind=BatchKind.COPY, by=by, at=at)


def batch_of(showtime: Showtime) -> ScheduleBatch:
    assert showtime.batch is not None
    return showtime.batch


def live(cinema: Cinema) -> set[int]:
    return set(Showtime.objects.live().filter(studio__cinema=cinema).values_list("pk", flat=True))


def test_batches_are_made_for_each_cinema(cinema: Cinema, manager: User) -> None:
    other = make_studio(make_cinema())
    make_layout(other)
    here = added(cinema, manager, 2)
    drafts = [
        ShowtimeDraft(
            studio=studio,
            movie=here[0].movie,
            starts_at=timezone.now() + timedelta(days=9),
            audio_language="Indonesia",
            base_price_rupiah=50_000,
        )
        for studio in (here[0].studio, other)
    ]
    made = schedule_as_batch(drafts, kind=BatchKind.IMPORT, by=manager, at=timezone.now())

    assert here[0].batch_id == here[1].batch_id
    cinemas = dict(ScheduleBatch.objects.values_list("pk", "cinema"))
    assert [cinemas[batch_of(one).pk] for one in made] == [cinema.pk, other.cinema_id]


def test_unbooked_showtimes_are_undone_and_booked_ones_stay(cinema: Cinema, manager: User) -> None:
    sold, waiting, free = added(cinema, manager)
    alone = make_showtime(make_studio(cinema))
    make_confirmed_booking(sold, 1)
    make_booking(waiting, 1)
    batch = batch_of(sold)
    page = reverse("admin:movies_schedulebatch_undo", args=[batch.pk])
    client = signed_in(manager)

    shown = client.get(page)
    answer = client.post(page)

    survey = shown.context["survey"]
    assert (survey.undone, [one.pk for one in survey.kept]) == (1, [sold.pk, waiting.pk])
    assert (answer.status_code, live(cinema)) == (302, {sold.pk, waiting.pk, alone.pk})
    assert set(free.seats.values_list("status", flat=True)) == {"blocked"}
    batch.refresh_from_db()
    assert (batch.undone_by, batch.undo_finished_at is not None) == (manager, True)
    with pytest.raises(BatchNotUndoable):
        undo.request(batch_id=batch.pk, user=manager, at=timezone.now())


def test_showtime_with_held_seats_stays_also_when_they_are_released_after_the_preview(
    cinema: Cinema, manager: User
) -> None:
    at = timezone.now()
    previewed, held, lapsed, _free = added(cinema, manager, 4)
    holds = [make_hold(showtime, 1) for showtime in (previewed, held)]
    make_hold(lapsed, 1, seconds=-60)
    page = reverse("admin:movies_schedulebatch_undo", args=[batch_of(held).pk])
    client = signed_in(manager)

    shown = client.get(page)
    [kept] = re.findall(r'name="kept"\s+value="([^"]*)"', shown.content.decode())
    release_hold(hold_id=holds[0].pk, visitor=holds[0].visitor)
    client.post(page, {"kept": kept})

    survey = shown.context["survey"]
    assert (survey.undone, [one.pk for one in survey.kept]) == (2, [previewed.pk, held.pk])
    assert live(cinema) == {previewed.pk, held.pk}
    release_hold(hold_id=holds[1].pk, visitor=holds[1].visitor)
    assert (undo.work(at), live(cinema)) == (0, {previewed.pk, held.pk})


SELL = """
UPDATE seating_showtimeseat SET status = 'sold', sale = gen_random_uuid(), version = version + 1
WHERE id = (SELECT min(id) FROM seating_showtimeseat WHERE showtime_id = %s)
"""


@pytest.mark.django_db(transaction=True)
def test_showtime_that_is_sold_meanwhile_stays(cinema: Cinema, manager: User) -> None:
    [showtime] = added(cinema, manager, 1)
    ask = partial(undo.request, batch_id=batch_of(showtime).pk, user=manager, at=timezone.now())

    batch = run_behind(SELL, [showtime.pk], ask)

    assert live(cinema) == {showtime.pk}
    assert showtime.seats.filter(status="blocked").count() == 0
    batch.refresh_from_db()
    assert batch.undo_finished_at is not None


def test_showtime_that_has_begun_stays(cinema: Cinema, manager: User) -> None:
    begun, coming = added(cinema, manager, 2)
    Showtime.objects.filter(pk=begun.pk).update(starts_at=timezone.now() - timedelta(minutes=1))

    undo.request(batch_id=batch_of(begun).pk, user=manager, at=timezone.now())

    assert live(cinema) == {begun.pk}
    assert not Showtime.objects.live().filter(pk=coming.pk).exists()


def test_worker_continues_an_undo_that_a_request_left(
    cinema: Cinema, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    showtimes = added(cinema, manager)
    monkeypatch.setattr(undo, "SECONDS_MAX", -1)
    batch = undo.request(batch_id=batch_of(showtimes[0]).pk, user=manager, at=timezone.now())
    left = live(cinema)
    monkeypatch.setattr(undo, "SECONDS_MAX", 10)

    undone = undo.work(timezone.now())

    batch.refresh_from_db()
    assert (len(left), undone, live(cinema)) == (3, 3, set())
    assert batch.undo_finished_at is not None
    assert undo.work(timezone.now()) == 0


def test_outsiders_undo_nothing(cinema: Cinema, manager: User) -> None:
    batch = batch_of(added(cinema, manager, 1)[0])
    page = reverse("admin:movies_schedulebatch_undo", args=[batch.pk])

    elsewhere = signed_in(make_manager(make_cinema())).post(page)
    anonymous = Client().post(page)

    assert (elsewhere.status_code, anonymous.status_code) == (404, 302)
    assert len(live(cinema)) == 1


LIST = reverse("admin:movies_showtime_changelist")


def act(user: User, action: str, *showtimes: Showtime, **fields: Any) -> Any:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(user)
    chosen = {"action": action, "_selected_action": [one.pk for one in showtimes]}
    return client.post(LIST, chosen | fields)


def test_showtimes_are_cancelled_in_bulk_after_a_preview(cinema: Cinema, manager: User) -> None:
    first, second = (make_showtime(make_studio(cinema)) for _number in range(2))
    elsewhere = make_showtime()
    booking = make_confirmed_booking(first, 2)
    total = {
        "is_confirmed": "1",
        "shown_rupiah": str(booking.total_rupiah),
        "shown_showtimes": [str(first.pk), str(second.pk)],
    }

    preview = act(manager, "cancel_showtimes", first, second, elsewhere)
    no_reason = act(manager, "cancel_showtimes", first, second, **total)
    changed = act(
        manager, "cancel_showtimes", first, second, is_confirmed="1", shown_rupiah="0", reason="x"
    )
    unchanged = live(cinema)
    done = act(manager, "cancel_showtimes", first, second, elsewhere, reason="No power", **total)

    assert [one.status_code for one in (preview, no_reason, changed, done)] == [200, 200, 200, 302]
    assert preview.context["refund_rupiah"] == booking.total_rupiah
    assert (unchanged, live(cinema)) == ({first.pk, second.pk}, set())
    assert Showtime.objects.live().filter(pk=elsewhere.pk).exists()


def test_only_the_showtimes_shown_are_cancelled_in_bulk(cinema: Cinema, manager: User) -> None:
    shown, added_later = (make_showtime(make_studio(cinema)) for _number in range(2))
    chosen = {"select_across": "1", "is_confirmed": "1", "shown_rupiah": "0", "reason": "x"}

    answers = [
        act(manager, "cancel_showtimes", shown, added_later, **chosen, shown_showtimes=ids)
        for ids in ([], [shown.pk], [shown.pk, shown.pk])
    ]
    unchanged = live(cinema)
    page = answers[0].content.decode()
    both = [shown.pk, added_later.pk]
    done = act(manager, "cancel_showtimes", shown, **chosen, shown_showtimes=both)

    assert [answer.context["has_changed"] for answer in answers] == [True] * 3
    assert f'name="shown_showtimes" value="{added_later.pk}"' in page
    assert (unchanged, done.status_code, live(cinema)) == (set(both), 302, set())


def test_showtimes_are_repriced_in_bulk(cinema: Cinema, manager: User) -> None:
    first, second = (make_showtime(make_studio(cinema)) for _number in range(2))
    elsewhere = make_showtime()
    everything = (first, second, elsewhere)
    confirmed = {"is_confirmed": "1"}

    unclear = act(manager, "reprice_showtimes", *everything, price_rupiah="60.00", **confirmed)
    doubted = act(manager, "reprice_showtimes", *everything, price_rupiah="60", **confirmed)
    done = act(manager, "reprice_showtimes", *everything, price_rupiah="60.000", **confirmed)

    prices = {one.pk: Showtime.objects.get(pk=one.pk).base_price_rupiah for one in everything}
    assert [one.status_code for one in (unclear, doubted, done)] == [200, 200, 302]
    assert prices == {first.pk: 60_000, second.pk: 60_000, elsewhere.pk: 50_000}
    assert set(first.seats.values_list("price_rupiah", flat=True)) == {60_000}
