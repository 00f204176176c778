"""Web app manifest and service worker."""

from __future__ import annotations

import re
from pathlib import Path

from django.test import Client

STATIC = Path(__file__).resolve().parent.parent / "static"
CACHE = re.compile(r'const (TICKETS|ASSETS) = "([\w-]+)"')


def test_manifest_names_existing_icons_in_both_languages(client: Client) -> None:
    manifests = [client.get(f"{prefix}/manifest.webmanifest") for prefix in ("", "/en")]
    shown = [response.json() for response in manifests]

    assert [one["lang"] for one in shown] == ["id", "en"]
    assert [one["shortcuts"][0]["url"] for one in shown] == ["/bookings/", "/en/bookings/"]
    assert {response.headers["Content-Type"] for response in manifests} == {
        "application/manifest+json"
    }
    for icon in shown[0]["icons"]:
        name = re.sub(r"\.[0-9a-f]{12}\.", ".", icon["src"].removeprefix("/static/"))
        assert (STATIC / name).exists()


def test_service_worker_is_served_from_the_root_and_checked_for_updates(client: Client) -> None:
    response = client.get("/service-worker.js")

    assert (response.headers["Content-Type"], response.headers["Cache-Control"]) == (
        "text/javascript; charset=utf-8",
        "no-cache",
    )


def test_page_and_worker_use_the_same_caches() -> None:
    scripts = [STATIC / "js" / name for name in ("offline.js", "service-worker.js")]
    page, worker = (dict(CACHE.findall(script.read_text())) for script in scripts)
    assert page == worker
