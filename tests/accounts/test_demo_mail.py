"""Where the letters of a demo lie, told to whoever waits for one."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

PAGES = ("/en/accounts/confirm-email/", "/en/accounts/password/reset/done/")


@pytest.mark.django_db
@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("is_demo", [False, True])
def test_demo_alone_tells_where_its_letters_lie(
    client: Client, settings: Any, page: str, is_demo: bool
) -> None:
    settings.DEMO = is_demo

    response = client.get(page)

    told = "Its emails are not sent" in response.content.decode()
    assert (response.status_code, told) == (200, is_demo)
