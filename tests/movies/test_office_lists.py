"""Lists of the office: what they show without a choice, and what an empty one says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bookings.models import Voucher
from movies.models import Showtime
from tests.factories import make_cinema, make_showtime, make_user, make_voucher

pytestmark = pytest.mark.django_db
SHOWTIMES = reverse("admin:movies_showtime_changelist")


@pytest.fixture
def office() -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(make_user(is_staff=True, is_superuser=True))
    return client


def shown(client: Client, address: str, **query: Any) -> set[Any]:
    return {row.pk for row in client.get(address, query).context["cl"].result_list}


def test_showtimes_are_listed_from_today(office: Client) -> None:
    coming, past = make_showtime(), make_showtime()
    yesterday = past.studio.cinema.business_date(timezone.now()) - timedelta(days=1)
    Showtime.objects.filter(pk=past.pk).update(business_date=yesterday)

    queries: dict[str, dict[str, Any]] = {
        "without a choice": {},
        "nonsense": {"day": "x"},
        "yesterday": {"day": "yesterday"},
        "past": {"day": "past"},
        "all": {"day": "all"},
        "date": {"business_date__exact": yesterday},
    }
    assert {name: shown(office, SHOWTIMES, **query) for name, query in queries.items()} == {
        "without a choice": {coming.pk},
        "nonsense": {coming.pk},
        "yesterday": {past.pk},
        "past": {past.pk},
        "all": {coming.pk, past.pk},
        "date": {past.pk},
    }


def test_vouchers_that_are_over_are_hidden_until_asked_for(office: Client) -> None:
    valid, over = make_voucher(code="VALID"), make_voucher(code="OVER")
    at = timezone.now()
    Voucher.objects.filter(pk=over.pk).update(
        valid_from=at - timedelta(days=2), valid_until=at - timedelta(days=1)
    )
    vouchers = reverse("admin:bookings_voucher_changelist")

    assert shown(office, vouchers) == {valid.pk}
    assert shown(office, vouchers, q="OVER") == {over.pk}
    assert shown(office, vouchers, validity="all") == {valid.pk, over.pk}


def test_empty_lists_say_what_is_missing(office: Client) -> None:
    make_cinema()
    page = office.get(SHOWTIMES).content.decode()
    filtered = office.get(SHOWTIMES, {"day": "past"}).content.decode()

    assert "No showtime is planned from today." in page
    assert "?day=all" in page
    assert "Nothing matches these filters" in filtered


def test_every_list_opens_empty_and_has_a_text_of_its_own_where_it_hides_rows(
    office: Client,
) -> None:
    make_cinema()
    answers = {}
    for model, model_admin in admin.site._registry.items():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
        answer = office.get(reverse(name))
        specs = answer.context["cl"].filter_specs
        hides = any(getattr(spec, "everything_query", "") for spec in specs)
        has_text = bool(getattr(model_admin, "empty_text", ""))
        answers[name] = (answer.status_code, not hides or has_text)

    assert {name: got for name, got in answers.items() if got != (200, True)} == {}
