"""Webhooks that are reordered, duplicated, late or lost: a paid booking gets its seats or a refund.

LAYAR_HYPOTHESIS=long runs LONG_SLICES × SLICE_EXAMPLES examples instead of SHORT_EXAMPLES.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.bookings.fake_provider import FakeProvider
from tests.bookings.fixtures import seat_ids
from tests.bookings.payment_events import REFUND_ANSWERS, WAITS, WORDS, World, open_world
from tests.factories import make_showtime

IS_LONG = os.environ.get("LAYAR_HYPOTHESIS") == "long"
SHORT_EXAMPLES = 60
SLICE_EXAMPLES = 500
LONG_SLICES = 11
EVENTS_MAX = 12
# Failing examples are short already; shrinking them would take minutes.
PHASES = (Phase.explicit, Phase.generate)

number = st.integers(0, 3)
words = st.sampled_from(WORDS)
MONEY = st.one_of(
    st.tuples(st.just("customer_pays"), number, st.sampled_from([0, 0, 0, 0, 1])),
    st.tuples(st.just("provider_reports"), number, words),
    st.tuples(st.just("provider_mood_changes"), st.booleans()),
)
NEWS = st.one_of(
    st.tuples(st.just("webhook"), st.integers(0, 5)),
    st.tuples(st.just("stale_report"), number, words),
    st.tuples(st.just("customer_returns"), number),
    st.tuples(st.just("poll")),
)
HERE = st.one_of(
    st.tuples(st.just("wait"), st.sampled_from(WAITS)),
    st.tuples(st.just("expire")),
    st.tuples(st.just("pay_elsewhere_too"), number),
    st.tuples(st.just("give_up"), number, st.booleans()),
    st.tuples(st.just("customer_cancels"), number, st.booleans()),
    st.tuples(st.just("staff_cancels"), number),
    st.tuples(st.just("rival_buys"), number),
    st.tuples(st.just("showtime_moves"), st.sampled_from([-1, 2])),
    st.tuples(st.just("refunds_are_sent"), st.sampled_from(sorted(REFUND_ANSWERS))),
)
EVENTS = st.lists(st.one_of(MONEY, NEWS, HERE), min_size=3, max_size=EVENTS_MAX)


def sweep_away() -> None:
    """Vacuum after rolled back examples, whose dead rows would slow down each query."""
    with connection.get_new_connection(connection.get_connection_params()) as session:
        session.autocommit = True
        session.execute("VACUUM")


Play = Callable[[int], None]


@pytest.fixture
def play(bank: FakeProvider) -> Iterator[Play]:
    """A function that runs this many examples; it raises at the first violation."""
    sweep_away()
    logging.disable(logging.ERROR)  # most log lines report the unavailable bank
    showtime = make_showtime(rows="A", seats_per_row=4)
    orders = open_world(bank, showtime, seat_ids(showtime))
    charges = dict(bank.charges)

    def examples(slice_: int, count: int) -> None:
        @seed(slice_)
        @settings(
            max_examples=count,
            deadline=None,
            database=None,
            phases=PHASES,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        )
        @given(EVENTS)
        def one(events: list[tuple[Any, ...]]) -> None:
            bank.reset()
            bank.charges = dict(charges)
            with transaction.atomic():
                world = World(bank, showtime, list(orders))
                for event in events:
                    world.play(event)
                world.settle_down()
                assert world.faults() == []
                transaction.set_rollback(True)

        one()

    yield lambda slice_: examples(slice_, SLICE_EXAMPLES if IS_LONG else SHORT_EXAMPLES)
    logging.disable(logging.NOTSET)


@pytest.mark.django_db
@pytest.mark.parametrize("slice_", range(LONG_SLICES if IS_LONG else 1))
def test_every_payment_ends_confirmed_or_refunded_whatever_happens_to_reports(
    play: Play, slice_: int
) -> None:
    play(slice_)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "lost",
    ["bookings.settlement.settle.create_refund", "bookings.settlement.polling.settle.refresh"],
)
def test_control_without_refunds_or_poller_fails(
    play: Play, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    """A control: without refunds, or without the poller, it must fail."""
    monkeypatch.setattr(lost, lambda *_args, **_kwargs: None)

    with pytest.raises(AssertionError):
        play(0)
