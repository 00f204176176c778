"""Language links of a page lead to this site, whatever its path."""

from __future__ import annotations

import re

import pytest
from django.test import Client


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["//evil.example/x", "///evil.example/x", "/en//evil.example/x", "/id//evil.example/x"]
)
def test_language_links_never_lead_to_another_site(client: Client, path: str) -> None:
    response = client.get("/", PATH_INFO=path)

    links = set(re.findall(r'href="([^"]*)" hreflang="\w+"', response.content.decode()))
    assert (response.status_code, links) == (404, {"/evil.example/x", "/en/evil.example/x"})
