"""Help, contact, privacy, terms, house rules and accessibility: versions that the office publishes.

A version never changes; publishing makes the next one. Version 0 is the text that Layar ships.
"""

from __future__ import annotations

import re
from datetime import datetime

from django.core.cache import cache
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation

from accounts.models import Consent, PageKind, PageVersion, User

# The files are wrapped; a paragraph of a page is one line.
SINGLE_BREAK = re.compile(r"(?<!\n)\n(?!\n)")
VERSIONS_KEY, VERSIONS_SECONDS = "page_versions", 60
# Pages that customers agree to when they book or create an account.
AGREED = (PageKind.TERMS, PageKind.PRIVACY)


def current(kind: PageKind) -> PageVersion:
    """The newest version, or the unsaved text that Layar ships."""
    newest = PageVersion.objects.filter(kind=kind).order_by("-version").first()
    return newest or shipped(kind)


def shipped(kind: PageKind) -> PageVersion:
    texts = {}
    for language in ("id", "en"):
        name = f"accounts/pages/{kind.value}.{language}.txt"
        with translation.override(language):
            texts[f"title_{language}"] = str(kind.label)
        texts[f"text_{language}"] = SINGLE_BREAK.sub(" ", render_to_string(name).strip())
    return PageVersion(kind=kind, version=0, **texts)


def agreed_versions() -> dict[str, int]:
    """The current version of each page that customers agree to."""
    known: dict[str, int] | None = cache.get(VERSIONS_KEY)
    if known is None:
        known = {kind.value: current(kind).version for kind in AGREED}
        cache.set(VERSIONS_KEY, known, VERSIONS_SECONDS)
    return known


@transaction.atomic
def publish(page: PageVersion, *, by: User, at: datetime) -> PageVersion:
    """Save ``page`` as the next version of its kind; concurrent calls get different numbers."""
    newest = PageVersion.objects.select_for_update(of=("self",)).filter(kind=page.kind)
    last = newest.order_by("-version").first()
    page.version = last.version + 1 if last else 1
    page.published_by, page.published_at = by, at
    page.save(force_insert=True)
    transaction.on_commit(lambda: cache.delete(VERSIONS_KEY))
    return page


def record_consent(user: User, at: datetime) -> None:
    """Record that the user agreed to the current versions."""
    Consent.objects.bulk_create(
        [
            Consent(user=user, kind=kind, version=version, given_at=at)
            for kind, version in agreed_versions().items()
        ],
        ignore_conflicts=True,
    )
