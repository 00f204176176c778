"""The admin site and the audit log."""

from __future__ import annotations

import pghistory
from django.templatetags.static import static

from cinema_project.settings.base import SITE_NAME

UNFOLD = {
    "SITE_TITLE": SITE_NAME,
    "SITE_HEADER": SITE_NAME,
    "SITE_URL": "/",
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": lambda _request: static("icons/favicon.svg"),
        },
        {
            "rel": "icon",
            "type": "image/png",
            "href": lambda _request: static("icons/favicon-32.png"),
        },
    ],
    "STYLES": [lambda _request: static("css/office.css")],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SIDEBAR": {"show_search": True, "navigation": "cinema_project.admin_menu.navigation"},
    "DASHBOARD_CALLBACK": "reports.dashboard.views.dashboard",
}

# Called with the request and the text; returns objects with title, description and link.
OFFICE_SEARCH = "bookings.office.search.results"

# Audit log. Its foreign keys need no index: events are not queried by them.
PGHISTORY_FOREIGN_KEY_FIELD = pghistory.ForeignKey(db_index=False)
PGHISTORY_CONTEXT_FIELD = pghistory.ContextForeignKey(db_index=False)
