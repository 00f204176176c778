"""Help, contact, privacy, terms, house rules: versions in two languages, and who agreed."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Consent, PageKind, PageVersion, User
from accounts.policies.pages import agreed_versions, current, publish, shipped
from bookings.models import BookingEvent
from tests.bookings.browser import send, take
from tests.factories import PASSWORD, make_cinema, make_manager, make_showtime, make_user

pytestmark = pytest.mark.django_db

ADD = reverse("admin:accounts_pageversion_add")


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    cache.clear()


@pytest.fixture
def owner() -> User:
    return make_user(is_staff=True, is_superuser=True)


def office(user: User) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def edited(**more: str) -> dict[str, str]:
    return {
        "kind": "terms", "title_id": "Ketentuan", "title_en": "Terms",
        "text_id": "Teks baru", "text_en": "New <b>text</b>",
    } | more  # fmt: skip


@pytest.mark.parametrize("kind", PageKind.values)
def test_every_page_has_a_text_in_both_languages(client: Client, kind: str) -> None:
    texts = {client.get(f"{prefix}/info/{kind}/").content.decode() for prefix in ("", "/en")}
    page = shipped(PageKind(kind))

    assert (len(texts), page.text_id != page.text_en, len(page.text_en) > 100) == (2, True, True)


def test_unknown_page_is_not_found(client: Client) -> None:
    assert client.get("/en/info/nonsense/").status_code == 404


def test_publishing_makes_a_new_version_and_keeps_the_former(owner: User, client: Client) -> None:
    editor = office(owner)
    started = editor.get(ADD, {"kind": "terms"}).content.decode()

    for text in ("First", "Second"):
        editor.post(ADD, edited(text_en=f"{text} <b>text</b>"))

    page = client.get("/en/info/terms/").content.decode()
    versions = PageVersion.objects.values_list("kind", "version", "published_by", "text_en")
    assert "A booking is valid once" in started
    assert list(versions) == [
        ("terms", 2, owner.pk, "Second <b>text</b>"),
        ("terms", 1, owner.pk, "First <b>text</b>"),
    ]
    assert ("Version 2" in page, "Second &lt;b&gt;" in page) == (True, True)


def test_only_the_chain_publishes(owner: User) -> None:
    manager = make_manager(make_cinema())

    assert office(manager).post(ADD, edited()).status_code == 403
    assert PageVersion.objects.count() == 0


def test_account_records_the_versions_its_owner_agreed_to(client: Client, owner: User) -> None:
    publish(PageVersion(**edited()), by=owner, at=timezone.now())
    cache.clear()
    form = {"name": "Budi", "email": "budi@example.com", "password1": PASSWORD}
    client.post("/en/accounts/signup/", form)

    agreed = Consent.objects.filter(user__email="budi@example.com").order_by("kind")
    assert list(agreed.values_list("kind", "version")) == [("privacy", 0), ("terms", 1)]


def test_booking_records_the_versions_that_were_agreed_to(client: Client, settings: Any) -> None:
    settings.SANDBOX_API_URL = "http://127.0.0.1:9/sandbox/api"
    showtime = make_showtime(rows="AB", seats_per_row=5)
    ids = take(client, showtime)

    send(client, showtime, ids)

    created = BookingEvent.objects.get(kind="created")
    assert created.facts == {"agreed": {"terms": 0, "privacy": 0}}
    assert agreed_versions() == {"terms": 0, "privacy": 0}
    assert current(PageKind.HELP).version == 0
