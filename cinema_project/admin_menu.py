"""The admin's side menu: custom pages, then every changelist that the user may open."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from movies.staff.permissions import Permission, has_permission, is_for_whole_chain


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Menu groups for the theme. Custom pages are listed in ``_pages`` with their permission."""
    groups: list[dict[str, Any]] = [{"items": _pages(request)}]
    for app in admin.site.get_app_list(request):
        lists = [
            {"title": model["name"], "link": model["admin_url"]}
            for model in app["models"]
            if model["admin_url"]
        ]
        groups.append({"title": app["name"], "collapsible": True, "items": lists})
    return groups


def _pages(request: HttpRequest) -> list[dict[str, Any]]:
    pages: list[dict[str, Any]] = [
        {"title": _("Live desk"), "icon": "monitoring", "link": reverse("admin:index")}
    ]
    if has_permission(request.user, Permission.SEE_SALES):
        board, reports = reverse("board:index"), reverse("reports:overview")
        pages += [
            {
                "title": _("Programme board"),
                "icon": "view_timeline",
                "link": board,
                "active": request.path.startswith(board),
            },
            {
                "title": _("Reports"),
                "icon": "table_chart",
                "link": reports,
                "active": request.path == reports or request.path.startswith(_report_pages()),
            },
        ]
    if has_permission(request.user, Permission.RESOLVE):
        pages.append(
            {"title": _("Alerts"), "icon": "notifications", "link": reverse("reports:alerts")}
        )
    if is_for_whole_chain(request.user, Permission.RESOLVE):
        pages.append(
            {"title": _("Status"), "icon": "health_metrics", "link": reverse("reports:status")}
        )
    return pages


def _report_pages() -> tuple[str, ...]:
    """Prefixes of report pages; admin changelists share the prefix of the overview."""
    overview = reverse("reports:overview")
    return tuple(f"{overview}{part}/" for part in ("figures", "exports", "schedules"))
