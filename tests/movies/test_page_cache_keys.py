"""Unknown query parameters neither rebuild nor evict cached pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from django.test import Client
from django.test.signals import template_rendered
from django.test.utils import CaptureQueriesContext

from movies.catalogue import page_cache
from movies.catalogue.page_cache import PAGES_MAX
from tests.movies.chain import Chain

ADDRESSES = ["/", "/en/films/", "/schedule/?city=jakarta"]  # the API refuses them


@contextmanager
def nothing_built() -> Iterator[None]:
    rendered: list[str] = []

    def record(template: object, **_kwargs: object) -> None:
        rendered.append(str(getattr(template, "name", "")))

    template_rendered.connect(record)
    try:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            yield
    finally:
        template_rendered.disconnect(record)
    assert (rendered, len(queries)) == ([], 0)


@pytest.mark.parametrize("address", ADDRESSES)
def test_unknown_parameters_get_the_cached_page(chain: Chain, address: str) -> None:
    client = Client()
    plain = client.get(address)
    joint = "&" if "?" in address else "?"

    with nothing_built():
        tagged = [
            client.get(f"{address}{joint}utm_source={number}&fbclid=x") for number in range(5)
        ]

    assert [page.content for page in tagged] == [plain.content] * 5
    assert [page["ETag"] for page in tagged] == [plain["ETag"]] * 5
    assert b"utm_source" not in plain.content


def test_page_first_seen_with_unknown_parameters_does_not_contain_them(chain: Chain) -> None:
    client = Client()
    first = client.get("/en/films/?utm_source=spam&genre=drama&genre=family")

    with nothing_built():
        second = client.get("/en/films/?genre=family")

    assert first.content == second.content
    assert b"spam" not in first.content


def test_many_unknown_parameters_do_not_evict_other_pages(chain: Chain) -> None:
    client = Client()
    client.get("/en/cinemas/")
    for number in range(PAGES_MAX + 1):
        client.get(f"/en/films/?campaign={number}")

    with nothing_built():
        client.get("/en/cinemas/")


def test_invented_values_of_filters_evict_filtered_pages_alone(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = 2
    monkeypatch.setattr(page_cache._pages, "entries_max", few)
    monkeypatch.setattr(page_cache._filtered_pages, "entries_max", few)
    client = Client()
    client.get("/en/cinemas/")
    for number in range(few + 1):
        assert client.get(f"/en/films/?genre=invented-{number}").status_code == 200

    with nothing_built():
        client.get("/en/cinemas/")


def test_order_of_parameters_makes_no_other_page(chain: Chain) -> None:
    client = Client()
    client.get("/en/films/?city=jakarta&genre=drama")

    with nothing_built():
        client.get("/en/films/?genre=drama&city=jakarta")


def test_more_parameters_than_are_read_are_no_error(chain: Chain) -> None:
    assert Client().get("/en/films/?" + "&".join(f"a{n}=1" for n in range(2_000))).status_code in (
        200,
        400,
    )
