"""Pages for crawlers: sitemap, robots.txt and security.txt."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from xml.sax.saxutils import quoteattr

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.http import require_safe

from core.errors import NotFound
from core.http.languages import in_language
from movies.catalogue.catalogue import Catalogue
from movies.site.views import catalogue_page

SECURITY_TXT_VALID_DAYS = 180
SITEMAP_URLS_MAX = 50_000  # limit of the sitemap protocol
PLAIN_TEXT = "text/plain; charset=utf-8"
INFO_PAGES = ("help", "contact", "privacy", "terms", "house-rules", "accessibility")
NOT_FOR_CRAWLERS = (
    "/admin/", "/api/", "/accounts/", "/bookings/", "/b/", "/sandbox/", "/webhooks/",
)  # fmt: skip


@catalogue_page
def sitemap(request: HttpRequest, *, catalogue: Catalogue, at: datetime) -> HttpResponse:
    """Pages in every language, with their alternates."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        'xmlns:xhtml="http://www.w3.org/1999/xhtml">',
    ]
    paths = list(_paths(catalogue))[: SITEMAP_URLS_MAX // len(settings.LANGUAGES)]
    for path in paths:
        links = {
            code: settings.SITE_URL + in_language(path, code) for code, _ in settings.LANGUAGES
        }
        alternates = "".join(
            f'<xhtml:link rel="alternate" hreflang="{code}" href={quoteattr(url)}/>'
            for code, url in links.items()
        )
        lines += [f"<url><loc>{url}</loc>{alternates}</url>" for url in links.values()]
    lines.append("</urlset>\n")
    return HttpResponse("\n".join(lines), content_type="application/xml")


def _paths(catalogue: Catalogue) -> Iterator[str]:
    """Paths in the default language."""
    with translation.override(settings.LANGUAGE_CODE):
        for name in ("home", "films", "schedule", "cinemas"):
            yield reverse(f"movies:{name}")
        for kind in INFO_PAGES:
            yield reverse("accounts:page", args=[kind])
        for cinema in catalogue.cinemas():
            yield reverse("movies:cinema", args=[cinema.slug])
        for movie in catalogue.movies():
            yield reverse("movies:film", args=[movie.slug])


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Excludes private pages in every language, and filtered lists."""
    prefixes = ["", *(f"/{code}" for code, _name in settings.LANGUAGES)]
    closed = [f"Disallow: {prefix}{path}" for path in NOT_FOR_CRAWLERS for prefix in prefixes]
    lines = ["User-agent: *", *closed, "", f"Sitemap: {settings.SITE_URL}/sitemap.xml", ""]
    return _public(HttpResponse("\n".join(lines), content_type=PLAIN_TEXT))


@require_safe
def security(request: HttpRequest) -> HttpResponse:
    """RFC 9116; there is none without SECURITY_CONTACT."""
    if not settings.SECURITY_CONTACT:
        raise NotFound
    midnight = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    expires = (midnight + timedelta(days=SECURITY_TXT_VALID_DAYS)).isoformat()
    lines = [
        f"Contact: {settings.SECURITY_CONTACT}",
        f"Expires: {expires}",
        "Preferred-Languages: " + ", ".join(code for code, _name in settings.LANGUAGES),
        f"Canonical: {settings.SITE_URL}/.well-known/security.txt",
        "",
    ]
    return _public(HttpResponse("\n".join(lines), content_type=PLAIN_TEXT))


def _public(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response
