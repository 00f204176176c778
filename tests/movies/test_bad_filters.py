"""Filters with invalid values: reported on the page and ignored."""

from __future__ import annotations

import html
import re

import pytest
from django.test import Client

from tests.movies.chain import Chain
from tests.movies.test_pages import page


def notices(text: str) -> list[str]:
    found = re.search(r'<div class="notice notice-warn".*?<div>(.*?)</div>', text, re.S)
    return re.findall(r"<p>(.*?)</p>", html.unescape(found[1])) if found else []


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("/en/schedule/?city=atlantis", ["We have no cinema in “atlantis”."]),
        ("/en/schedule/?cinema=nope", ["We do not know the cinema “nope”."]),
        ("/en/schedule/?film=nope", ["We do not know the film “nope”."]),
        ("/en/schedule/?format=9D", ["“9D” is not a format we show."]),
        (
            "/en/schedule/?date=2026-02-30",
            ["“2026-02-30” is not a date. Write it like 2026-01-31."],
        ),
        ("/en/schedule/?date=tomorrow", ["“tomorrow” is not a date. Write it like 2026-01-31."]),
        ("/en/films/?genre=nope", ["We have no films of the genre “nope”."]),
        ("/en/films/?status=gone", ["“gone” is neither now_showing nor coming_soon."]),
        ("/en/films/?q=" + "x" * 10_000, ["A search has at most 80 characters."]),
        ("/en/films/?q=%00%00hujan", []),
        ("/en/schedule/?city=%00", []),
        ("/en/films/hujan/?date=9999-12-31", []),
        ("/en/films/hujan/?date=0001-01-01", []),
        ("/en/schedule/?date=2026-11-23&date=x", ["“x” is not a date. Write it like 2026-01-31."]),
        ("/en/cinemas/layar-menteng/?date=" + "9" * 5_000, None),
    ],
)
def test_invalid_filter_is_reported_and_ignored(
    client: Client, chain: Chain, address: str, message: list[str] | None
) -> None:
    text = page(client, address)

    if message is not None:
        assert notices(text) == message
