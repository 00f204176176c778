"""Association of the chain's native apps with the site, so that its links open in them.

Both files exist only where the apps are configured. The return link after a payment and the links
to bookings are opened by the app; everything else stays in the browser.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from core.errors import NotFound

MAX_AGE_SECONDS = 3600
# Links to one booking: from an email or after a payment, and its page.
LINKED_PATHS = ("/b/*", "/bookings/*")
GRANTS = ["delegate_permission/common.handle_all_urls"]


@require_safe
def android(_request: HttpRequest) -> JsonResponse:
    """Digital Asset Links; there is none without ANDROID_APP_PACKAGE."""
    if not settings.ANDROID_APP_PACKAGE:
        raise NotFound
    target = {
        "namespace": "android_app",
        "package_name": settings.ANDROID_APP_PACKAGE,
        "sha256_cert_fingerprints": settings.ANDROID_APP_FINGERPRINTS,
    }
    return _public([{"relation": GRANTS, "target": target}])


@require_safe
def apple(_request: HttpRequest) -> JsonResponse:
    """Apple's associated domains; there is none without APPLE_APP_IDS."""
    if not settings.APPLE_APP_IDS:
        raise NotFound
    components = [{"/": path} for path in _paths()]
    details = [{"appIDs": settings.APPLE_APP_IDS, "components": components}]
    return _public(
        {"applinks": {"details": details}, "webcredentials": {"apps": settings.APPLE_APP_IDS}}
    )


def _paths() -> Iterator[str]:
    """The linked paths in every language."""
    for path in LINKED_PATHS:
        yield path
        for code, _name in settings.LANGUAGES:
            if code != settings.LANGUAGE_CODE:
                yield f"/{code}{path}"


def _public(document: object) -> JsonResponse:
    return JsonResponse(
        document, safe=False, headers={"Cache-Control": f"public, max-age={MAX_AGE_SECONDS}"}
    )
