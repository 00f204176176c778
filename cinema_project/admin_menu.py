"""The admin's side menu by task: Today, Programme, Bookings, Money, Door, People, Technical.

``TASKS`` lists the pages and changelists of each task; changelists that it does not name are listed
under Technical. Only pages that the user may open are shown, and a task without any is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from movies.staff.permissions import Permission, has_permission, is_for_whole_chain


@dataclass(frozen=True)
class Page:
    """A page that is no changelist. ``parts``: of its address, below which it is the open one."""

    title: Any
    route: str
    permission: Permission | None = None
    is_for_chain: bool = False
    parts: tuple[str, ...] = ()

    def may_open(self, request: HttpRequest) -> bool:
        if self.permission is None:
            return True
        allowed = is_for_whole_chain if self.is_for_chain else has_permission
        return allowed(request.user, self.permission)


@dataclass(frozen=True)
class Task:
    """``entries``: pages, and labels of models whose changelists belong to the task."""

    title: Any
    icon: str
    entries: tuple[Page | str, ...]


# Changelists share the prefix of the reports.
REPORT_PAGES = ("figures/", "exports/", "schedules/")
TECHNICAL = _("Technical")
TASKS = (
    Task(
        _("Today"),
        "today",
        (
            Page(_("Live desk"), "admin:index"),
            "reports.incident",
            Page(_("Alerts"), "reports:alerts", Permission.RESOLVE),
        ),
    ),
    Task(
        _("Programme"),
        "theaters",
        (
            Page(_("Programme board"), "board:index", Permission.SEE_SALES, parts=("",)),
            "movies.showtime",
            "movies.movie",
            "movies.genre",
            "movies.cinema",
            "movies.studio",
            "seating.layout",
            "seating.waitingroom",
            "reports.seatclosure",
            "movies.schedulebatch",
            "movies.holiday",
            "bookings.showtimecancellation",
        ),
    ),
    Task(
        _("Bookings"),
        "confirmation_number",
        ("bookings.booking", "bookings.waitlistentry", "notifications.message"),
    ),
    Task(
        _("Money"),
        "payments",
        (
            Page(_("Reports"), "reports:overview", Permission.SEE_SALES, parts=REPORT_PAGES),
            "bookings.refundbatch",
            "bookings.refund",
            "bookings.manualpayout",
            "bookings.payment",
            "movies.pricecard",
            Page(_("Price preview"), "admin:bookings_price_preview", Permission.SEE_SALES),
            "seating.categorysurcharge",
            "bookings.tickettype",
            "bookings.voucher",
            "bookings.cancellationtier",
            "movies.taxrule",
        ),
    ),
    Task(
        _("Door"),
        "door_open",
        (Page(_("Ticket check"), "bookings:check_in", Permission.ADMIT),),
    ),
    Task(
        _("People"),
        "group",
        (
            "movies.staffpost",
            "accounts.user",
            Page(
                _("What each role may do"),
                "admin:movies_staffpost_permissions_page",
                Permission.ASSIGN_ROLES,
                is_for_chain=True,
            ),
        ),
    ),
    Task(
        TECHNICAL,
        "settings",
        (
            Page(_("Status"), "reports:status", Permission.RESOLVE, is_for_chain=True),
            "accounts.pageversion",
        ),
    ),
)


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Menu groups for the theme, the first one unfolded."""
    lists = {
        model["model"]._meta.label_lower: model
        for app in admin.site.get_app_list(request)
        for model in app["models"]
        if model["admin_url"]
    }
    named = {entry for task in TASKS for entry in task.entries if isinstance(entry, str)}
    others = [label for label in lists if label not in named]
    groups: list[dict[str, Any]] = []
    for task in TASKS:
        entries = [*task.entries, *others] if task.title == TECHNICAL else task.entries
        if items := _items(request, entries, lists):
            groups.append(
                {
                    "title": task.title,
                    "icon": task.icon,
                    "collapsible": bool(groups),
                    "items": items,
                }
            )
    return groups


def _items(
    request: HttpRequest, entries: Sequence[Page | str], lists: dict[str, dict[str, Any]]
) -> list[dict[str, Any]]:
    items = []
    for entry in entries:
        if isinstance(entry, str):
            if model := lists.get(entry):
                link = model["admin_url"]
                is_open = request.path.startswith(link) and not _is_page(request.path)
                items.append({"title": model["name"], "link": link, "active": is_open})
        elif entry.may_open(request):
            link = reverse(entry.route)
            below = tuple(f"{link}{part}" for part in entry.parts)
            is_open = request.path == link or request.path.startswith(below)
            items.append({"title": entry.title, "link": link, "active": is_open})
    return items


def _is_page(path: str) -> bool:
    """Whether ``path`` has an entry of its own although it lies below a changelist."""
    pages = (entry for task in TASKS for entry in task.entries if isinstance(entry, Page))
    return any(path == reverse(page.route) for page in pages)
