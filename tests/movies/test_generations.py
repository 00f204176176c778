"""Catalogue cache: single flight, no stale reads, a short pause in an outage."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from django.core.cache import cache
from django_redis import get_redis_connection

from movies.catalogue import cache as catalogue_cache
from tests.late_reader import LateReader


def read(name: str, token: bytes | None, build: Any) -> Any:
    return catalogue_cache.read(name, token, build, lambda data: data)


def test_read_builds_once_per_generation() -> None:
    built: list[int] = []

    def build() -> dict[str, int]:
        built.append(1)
        return {"built": len(built)}

    first = catalogue_cache.generation()
    assert [read("thing", first, build) for _ in range(3)] == [{"built": 1}] * 3
    catalogue_cache.new_generation()
    second = catalogue_cache.generation()
    assert [read("thing", second, build) for _ in range(3)] == [{"built": 2}] * 3
    assert first != second


def test_entry_is_shared_by_processes_through_redis() -> None:
    token = catalogue_cache.generation()
    assert token is not None
    read("thing", token, lambda: [1])

    key = f"{catalogue_cache.KEY}:{token.decode()}:thing"
    assert get_redis_connection("default").get(key) == b"[1]"
    assert 0 < get_redis_connection("default").ttl(key) <= catalogue_cache.ENTRY_SECONDS


def test_crowd_waits_for_one_builder(monkeypatch: pytest.MonkeyPatch) -> None:
    # Allows for late threads on a busy machine.
    monkeypatch.setattr(catalogue_cache, "WAIT_SECONDS", 30)
    monkeypatch.setattr(catalogue_cache, "BUILD_LOCK_MS", 30_000)
    token = catalogue_cache.generation()
    built: list[int] = []
    answers: list[Any] = []

    def build() -> list[int]:
        built.append(1)
        time.sleep(0.15)
        return [len(built)]

    threads = [
        threading.Thread(target=lambda: answers.append(read("slow", token, build)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(built), answers) == (1, [[1]] * 8)


def test_entry_stored_before_the_lock_is_not_rebuilt(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    token = catalogue_cache.generation()
    assert token is not None
    store = get_redis_connection("default")
    monkeypatch.setattr(catalogue_cache, "redis", lambda: LateReader(store, b"[1]"))

    assert read("thing", token, lambda: [2]) == [1]
    assert store.exists(f"{catalogue_cache.KEY}:{token.decode()}:thing:lock") == 0


def test_failed_build_is_not_waited_for_and_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue_cache, "WAIT_SECONDS", 30)
    token = catalogue_cache.generation()

    def fail() -> Any:
        raise LookupError

    with pytest.raises(LookupError):
        read("thing", token, fail)
    started = time.monotonic()
    assert read("thing", token, lambda: "fine") == "fine"
    assert time.monotonic() - started < 15


def test_recently_used_entries_outlive_unused_ones() -> None:
    recent: catalogue_cache.Recent[int] = catalogue_cache.Recent(entries_max=2, seconds=60)
    recent.put("popular", 1)
    for guess in range(5):
        recent.put(f"guess {guess}", guess)
        assert recent.get("popular") == 1

    assert (recent.get("guess 3"), recent.get("guess 4")) == (None, 4)
    assert catalogue_cache.Recent[int](entries_max=2, seconds=-1).get("anything") is None


def test_crashed_builder_is_waited_for_until_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue_cache, "WAIT_SECONDS", 0.1)
    token = catalogue_cache.generation()
    assert token is not None
    lock = f"{catalogue_cache.KEY}:{token.decode()}:thing:lock"
    get_redis_connection("default").set(lock, "somebody who died", px=60_000)

    assert read("thing", token, lambda: "built here") == "built here"
    assert get_redis_connection("default").get(lock) == b"somebody who died"


def test_emptied_redis_gets_a_generation_never_seen_before() -> None:
    before = catalogue_cache.generation()
    cache.clear()
    catalogue_cache.invalidate()

    assert catalogue_cache.generation() not in (None, before)


def test_generation_is_read_by_another_process_soon_after_a_bump() -> None:
    before = catalogue_cache.generation()
    # Another process started a new generation that this one has not read yet.
    get_redis_connection("default").set(catalogue_cache.GENERATION_KEY, b"another")
    time.sleep(catalogue_cache.TOKEN_SECONDS * 2)

    assert catalogue_cache.generation() == b"another" != before
