"""The rate limiter, in the real Redis."""

from __future__ import annotations

import logging
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.test import RequestFactory

from core import ratelimit
from core.http.client_ip import client_address, client_network
from core.ratelimit import JITTER_SECONDS_MIN, JITTER_SHARE, RateLimit, RateLimitResult, allow


def test_burst_passes_up_to_the_limit_and_reports_the_remainder() -> None:
    answers = [allow("test", "rani", 3, 60) for _request in range(4)]

    assert answers == [
        RateLimitResult(True, 3, 2, 0, 20, "test", 60),
        RateLimitResult(True, 3, 1, 0, 40, "test", 60),
        RateLimitResult(True, 3, 0, 0, 60, "test", 60),
        RateLimitResult(False, 3, 0, answers[-1].retry_after_seconds, 60, "test", 60),
    ]
    assert answers[0].headers() == {
        "RateLimit-Policy": '"test";q=3;w=60',
        "RateLimit": '"test";r=2;t=20',
    }
    assert 20 <= answers[-1].retry_after_seconds <= 20 + max(JITTER_SECONDS_MIN, 20 * JITTER_SHARE)


def test_quota_is_replenished_evenly() -> None:
    for _request in range(2):
        allow("test", "rani", 2, 4)
    refused = allow("test", "rani", 2, 4)
    time.sleep(2.1)
    answers = [allow("test", "rani", 2, 4).allowed for _request in range(2)]

    assert not refused.allowed
    assert answers == [True, False]


def test_actors_and_limits_are_counted_separately() -> None:
    limit, other = RateLimit("one", 1, 60), RateLimit("two", 1, 60)

    answers = [limit.hit("rani"), limit.hit("budi"), other.hit("rani"), limit.hit("rani")]

    assert [answer.allowed for answer in answers] == [True, True, True, False]


def test_requests_at_once_never_pass_beyond_the_limit() -> None:
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _n: allow("test", "rani", 20, 60).allowed, range(200)))

    assert Counter(answers) == {True: 20, False: 180}


def test_limiter_without_redis_fails_open_with_a_warning(
    settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.CACHE_URL = "redis://127.0.0.1:1"
    began = time.monotonic()
    with caplog.at_level(logging.ERROR):
        answers = [allow("test", "rani", 1, 60) for _request in range(100)]
    elapsed_seconds = time.monotonic() - began
    ratelimit._outage.until = 0.0

    assert answers == [RateLimitResult(True, 1, 1, 0, 0, "test", 60)] * 100
    assert elapsed_seconds < 5  # a timeout each would be 25
    assert len(caplog.records) == 1


@pytest.mark.parametrize(
    ("proxies", "forwarded", "peer", "expected"),
    [
        (0, "6.6.6.6", "10.0.0.1", "10.0.0.1"),
        (1, "6.6.6.6", "10.0.0.1", "6.6.6.6"),
        (1, "1.1.1.1, 6.6.6.6", "10.0.0.1", "6.6.6.6"),
        (2, "1.1.1.1, 6.6.6.6, 10.0.0.2", "10.0.0.1", "6.6.6.6"),
        (2, "6.6.6.6", "10.0.0.1", "10.0.0.1"),
        (1, "", "10.0.0.1", "10.0.0.1"),
        (1, "<script>", "10.0.0.1", "10.0.0.1"),
        (1, "::ffff:6.6.6.6", "10.0.0.1", "6.6.6.6"),
        (1, "6.6.6.6:51234", "10.0.0.1", "6.6.6.6"),
        (1, "[2001:db8::7]:443", "10.0.0.1", "2001:db8::7"),
        (1, "2001:db8::7", "10.0.0.1", "2001:db8::7"),
        (1, "6.6.6.6:x:y", "10.0.0.1", "10.0.0.1"),
        (0, "", "2001:DB8:1:2:3::4", "2001:db8:1:2:3::4"),
        (0, "", "", "0.0.0.0"),
    ],
)
def test_client_address_trusts_only_our_own_proxies(
    settings: Any, proxies: int, forwarded: str, peer: str, expected: str
) -> None:
    settings.TRUSTED_PROXY_COUNT = proxies
    request = RequestFactory().get("/", REMOTE_ADDR=peer, headers={"X-Forwarded-For": forwarded})

    assert client_address(request) == expected


@pytest.mark.parametrize(
    ("peer", "expected"),
    [("10.0.0.1", "10.0.0.1"), ("2001:db8:1:2:3::4", "2001:db8:1:2::/64")],
)
def test_limits_count_what_one_client_owns(settings: Any, peer: str, expected: str) -> None:
    settings.TRUSTED_PROXY_COUNT = 0

    assert client_network(RequestFactory().get("/", REMOTE_ADDR=peer)) == expected
