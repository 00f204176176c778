"""Files by which phones know that links to bookings belong to the chain's apps."""

from __future__ import annotations

from typing import Any

from django.test import Client

ANDROID, APPLE = "/.well-known/assetlinks.json", "/.well-known/apple-app-site-association"


def test_files_name_the_configured_apps(settings: Any) -> None:
    settings.ANDROID_APP_PACKAGE = "com.example.cinema"
    settings.ANDROID_APP_FINGERPRINTS = ["AA:BB"]
    settings.APPLE_APP_IDS = ["TEAM.com.example.cinema"]

    android, apple = Client().get(ANDROID), Client().get(APPLE)

    assert android.json() == [
        {
            "relation": ["delegate_permission/common.handle_all_urls"],
            "target": {
                "namespace": "android_app",
                "package_name": "com.example.cinema",
                "sha256_cert_fingerprints": ["AA:BB"],
            },
        }
    ]
    paths = ["/b/*", "/en/b/*", "/bookings/*", "/en/bookings/*"]
    assert apple.json() == {
        "applinks": {
            "details": [
                {
                    "appIDs": ["TEAM.com.example.cinema"],
                    "components": [{"/": path} for path in paths],
                }
            ]
        },
        "webcredentials": {"apps": ["TEAM.com.example.cinema"]},
    }
    for answer in (android, apple):
        assert answer["Content-Type"] == "application/json"
        assert answer["Cache-Control"] == "public, max-age=3600"


def test_files_do_not_exist_without_apps() -> None:
    assert [Client().get(path).status_code for path in (ANDROID, APPLE)] == [404, 404]
