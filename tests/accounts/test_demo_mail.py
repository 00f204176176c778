"""The demo's hint where its emails are stored."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

PAGES = ("/en/accounts/confirm-email/", "/en/accounts/password/reset/done/")


@pytest.mark.django_db
@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("is_demo", [False, True])
def test_only_the_demo_shows_where_its_email_is(
    client: Client, settings: Any, page: str, is_demo: bool
) -> None:
    settings.DEMO = is_demo

    response = client.get(page)

    shown = "Its emails are not sent" in response.content.decode()
    assert (response.status_code, shown) == (200, is_demo)
