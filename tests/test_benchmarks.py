"""Benchmarks refuse results that compare with nothing: empty rounds, zero floors, used-up work."""

from __future__ import annotations

import itertools
import socket
import threading
from collections import Counter
from collections.abc import Generator, Iterator

import pytest

from benchmarks import conversations, load
from benchmarks.load import Load, NothingMeasured
from benchmarks.result import Round, WrongAnswers, checked, measure, of_rounds

RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
REQUEST = load.request("GET", "/")


@pytest.fixture
def port() -> Iterator[int]:
    """A server that answers every request with 200."""

    def answer(connection: socket.socket) -> None:
        with connection:
            while connection.recv(65_536):
                connection.sendall(RESPONSE)

    def accept() -> None:
        while True:
            try:
                connection, _address = server.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=[connection], daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=accept, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def test_ratio_is_the_value_only_without_a_floor() -> None:
    assert [Round(6, 2).ratio, Round(6).ratio] == [3, 6]


@pytest.mark.parametrize("floor", [0, 0.0, -1])
def test_zero_floor_is_refused(floor: float) -> None:
    with pytest.raises(NothingMeasured):
        Round(6, floor)


@pytest.mark.parametrize(
    ("rounds", "has_floor"),
    [
        ([], True),
        ([], False),
        ([Round(6)], True),
        ([Round(6, 2), Round(6)], True),
        ([Round(6, 2)], False),
        ([Round(0, 2)], True),
        ([Round(6, 2), Round(0, 2)], True),
    ],
)
def test_result_without_comparison_is_refused(rounds: list[Round], has_floor: bool) -> None:
    with pytest.raises(NothingMeasured):
        of_rounds("holds", 0.5, rounds, "holds/s", has_floor=has_floor)


def test_result_meets_its_goal_by_the_median_ratio() -> None:
    result = of_rounds("holds", 2.0, [Round(2, 1), Round(9, 3), Round(1, 1)], "holds/s")
    assert (result.ratio, result.floor, result.met) == (2, 1, True)


def test_round_without_answers_is_refused() -> None:
    nothing = Load(1.0, Counter(), [], 0.0)
    some = Load(1.0, Counter({200: 5}), [1.0] * 5, 0.0)
    with pytest.raises(WrongAnswers):
        checked("holds", nothing)
    with pytest.raises(WrongAnswers):
        measure("holds", 0.5, lambda: some, lambda: nothing, 1)
    with pytest.raises(NothingMeasured):
        load.percentile([], 99)


def test_requests_used_up_before_the_time_are_refused(port: int) -> None:
    with pytest.raises(NothingMeasured):
        load.run(port, iter([REQUEST] * 50), seconds=30.0)


def test_all_requests_or_the_whole_time_are_measured(port: int) -> None:
    fixed = load.run(port, iter([REQUEST] * 50))
    timed = load.run(port, itertools.repeat(REQUEST), seconds=0.1)
    assert (fixed.answers, timed.answers > 0) == (50, True)


def test_conversations_used_up_are_refused(port: int) -> None:
    def conversation() -> Generator[bytes, tuple[int, bytes], None]:
        assert (yield REQUEST) == (200, b"ok")

    measured = conversations.run(port, iter([conversation() for _each in range(3)]), 2)
    assert len(measured.seconds_each) == 3
    with pytest.raises(NothingMeasured):
        conversations.run(port, iter([]), 2)
