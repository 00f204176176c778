"""The provider registry, and which providers a customer is offered."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from bookings.errors import ProviderUnknown
from bookings.payments import registry
from bookings.payments.stripe.provider import StripeProvider
from bookings.site.forms import CheckoutForm
from movies.models import Cinema
from tests.bookings.fixtures import hold_of, seat_ids
from tests.factories import make_showtime, make_ticket_type


def test_registry_offers_the_sandbox_only_where_it_is_enabled(settings: Any) -> None:
    settings.SANDBOX_ENABLED = True
    assert registry.offered() == ["sandbox"]

    settings.SANDBOX_ENABLED = False
    assert registry.offered() == []
    assert registry.provider("sandbox").name == "sandbox"


def test_registry_offers_configured_providers_that_the_cinema_takes(settings: Any) -> None:
    settings.SANDBOX_ENABLED = False
    settings.MIDTRANS_SERVER_KEY = "key"
    settings.STRIPE_SECRET_KEY = "key"
    settings.STRIPE_WEBHOOK_SECRETS = []
    without_stripe = registry.offered()
    settings.STRIPE_WEBHOOK_SECRETS = ["secret"]

    assert without_stripe == ["midtrans"]
    assert registry.offered() == ["midtrans", "stripe"]
    assert registry.offered(Cinema()) == ["midtrans", "stripe"]
    assert registry.offered(Cinema(payment_providers=["stripe", "sandbox"])) == ["stripe"]


def test_registry_offers_no_provider_below_its_minimum(settings: Any) -> None:
    settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRETS = "key", ["secret"]
    settings.STRIPE_MINIMUM_RUPIAH = 10_000

    offered = [registry.offered(total_rupiah=total) for total in (0, 1, 9_999, 10_000)]

    assert offered == [["sandbox", "stripe"], ["sandbox"], ["sandbox"], ["sandbox", "stripe"]]


@pytest.mark.django_db
def test_api_names_the_providers_that_take_the_amount(settings: Any) -> None:
    settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRETS = "key", ["secret"]

    answers = [
        Client().get("/api/v1/payment-providers", {"total_rupiah": total})
        for total in ("6000", "106000", "-1")
    ]

    assert [(answer.status_code, answer.json()) for answer in answers[:2]] == [
        (200, ["sandbox"]),
        (200, ["sandbox", "stripe"]),
    ]
    assert (answers[2].status_code, answers[2].json()["code"]) == (422, "invalid")


def test_cinema_refuses_an_unknown_provider() -> None:
    Cinema._meta.get_field("payment_providers").clean(["stripe"], None)
    with pytest.raises(ValidationError):
        Cinema._meta.get_field("payment_providers").clean(["stripe", "barter"], None)


def test_registry_refuses_an_unknown_provider() -> None:
    with pytest.raises(ProviderUnknown):
        registry.provider("bank-of-nowhere")


@pytest.mark.django_db
def test_site_and_api_offer_the_cinemas_providers(settings: Any) -> None:
    settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRETS = "key", ["secret"]
    showtime = make_showtime()
    cinema = showtime.studio.cinema
    cinema.payment_providers = ["stripe"]
    cinema.save(update_fields=["payment_providers"])
    make_ticket_type()
    held = hold_of(showtime, seat_ids(showtime)[:1])

    everywhere = Client().get("/api/v1/payment-providers")
    here = Client().get("/api/v1/payment-providers", {"cinema": cinema.slug})
    nowhere = Client().get("/api/v1/payment-providers", {"cinema": "nowhere"})
    form = CheckoutForm(held=held, showtime=showtime)

    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "not_found")
    assert (everywhere.json(), here.json()) == (["sandbox", "stripe"], ["stripe"])
    assert [(radio.data["value"], str(about)) for radio, about in form.provider_rows] == [
        ("stripe", str(StripeProvider.about))
    ]
