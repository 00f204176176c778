"""Step-by-step list without scripts: number of people, then section, row and group."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.errors import NotFound
from core.ids import row_id
from movies.models import Showtime
from seating.best_seats.availability import recent_availability
from seating.best_seats.groups import Section, sections
from seating.seatmap import drawing
from seating.site.page import sale_state
from seating.site.waiting_room import behind_waiting_room

PEOPLE_DEFAULT = 2


@require_safe
@never_cache
@behind_waiting_room
def groups(request: HttpRequest, showtime_id: int) -> HttpResponse:
    """``?people=2&section=1&row=C``; what is not chosen yet is left out."""
    showtime = Showtime.objects.with_places().filter(pk=showtime_id).first()
    if showtime is None:
        raise NotFound()
    people = row_id(request.GET.get("people", "")) or PEOPLE_DEFAULT
    people = min(people, settings.HOLD_SEATS_MAX)
    found = sections(recent_availability(showtime_id), people)
    number = 1 if len(found) == 1 else row_id(request.GET.get("section", ""))
    section = next((each for each in found if each.number == number), None)
    rows = section.rows if section else ()
    picture = drawing.draw(showtime_id)
    context: dict[str, Any] = {
        "showtime": showtime,
        "drawing": picture,
        **sale_state(showtime, picture, timezone.now()),
        "people": people,
        "party_sizes": range(1, settings.HOLD_SEATS_MAX + 1),
        "sections": [(each, _name(each, len(found))) for each in found],
        "section": section,
        "section_name": _name(section, len(found)) if section else "",
        "row": next((row for row in rows if row.label == request.GET.get("row")), None),
    }
    return render(request, "seating/groups.html", context)


def _name(section: Section, count: int) -> str:
    """The position of a section as text."""
    if count == 1:
        return _("All rows")
    if section.number == 1:
        return _("Front")
    if section.number == count:
        return _("Rear")
    return _("Middle") if count == 3 else _("Section %(number)d") % {"number": section.number}
