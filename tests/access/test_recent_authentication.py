"""Roles, users, vouchers and prices change only after recent authentication."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.auth.session import AT_KEY, RECENT
from tests.factories import make_showtime, make_user

pytestmark = pytest.mark.django_db

SENSITIVE = {
    "accounts.pageversion",
    "accounts.user",
    "bookings.cancellationtier",
    "bookings.tickettype",
    "bookings.voucher",
    "movies.holiday",
    "movies.pricecard",
    "movies.staffpost",
    "movies.taxrule",
    "seating.categorysurcharge",
    "seating.waitingroom",
}


def owner(*, is_recent: bool) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(make_user(is_staff=True, is_superuser=True))
    if not is_recent:
        session = client.session
        session[AT_KEY] = (timezone.now() - RECENT).timestamp()
        session.save()
    return client


def test_models_whose_changes_need_recent_authentication() -> None:
    flagged = {
        model._meta.label_lower
        for model, model_admin in admin.site._registry.items()
        if getattr(model_admin, "needs_recent_sign_in", False)
    }
    assert flagged == SENSITIVE


# People are added by an invitation to a role.
@pytest.mark.parametrize("label", sorted(SENSITIVE - {"accounts.user"}))
def test_sensitive_change_requires_recent_authentication(label: str) -> None:
    address = reverse(f"admin:{label.replace('.', '_')}_add")

    late, fresh = owner(is_recent=False), owner(is_recent=True)
    answers = [client.post(address, {}) for client in (late, fresh)]

    assert late.get(address).status_code == 200
    assert [
        (answer.status_code, "Confirm that it is you" in answer.content.decode())
        for answer in answers
    ] == [(403, True), (200, False)]


def test_price_of_a_showtime_requires_recent_authentication() -> None:
    showtime = make_showtime()
    address = reverse("admin:movies_showtime_change", args=[showtime.pk])
    fields = {"base_price_rupiah": f"{showtime.base_price_rupiah + 1_000}"}

    late, fresh = (
        owner(is_recent=is_recent).post(address, fields).status_code for is_recent in (False, True)
    )

    showtime.refresh_from_db()
    assert (late, fresh) == (403, 302)


def test_confirmed_import_of_showtimes_requires_recent_authentication() -> None:
    address = reverse("admin:movies_showtime_import_showtimes")

    answers = [
        owner(is_recent=is_recent).post(address, {"upload": "a stored one"})
        for is_recent in (False, True)
    ]
    file_of_a_late_owner = owner(is_recent=False).post(address, {"file": ""})

    assert [answer.status_code for answer in answers] == [403, 302]
    assert file_of_a_late_owner.status_code == 200
