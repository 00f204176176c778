"""Waitlists on the site: joining, the entry's own page, and its link."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.forms import phone_field
from accounts.models import User
from bookings.errors.waitlist import SeatsStillFree, WaitlistEntryNotFound
from bookings.models import WaitlistEntry
from bookings.models.waitlist import WAITLIST_CATEGORIES
from bookings.waitlist import joining, limits, links, offers
from bookings.waitlist.matching import SeatRequest
from bookings.waitlist.queue import place_in_line
from core.decorators import private_page, require_left, see_other
from core.errors import LayarError, NotFound
from core.forms.fields import RupiahField
from core.http.client_ip import client_network
from core.ratelimit import RateLimit
from movies.models import Showtime
from seating.best_seats.availability import fresh_availability
from seating.holds.visitors import ensure_site_visitor, new_site_visitor, site_visitor
from seating.site.views import WHEELCHAIRS_MAX

# Wrong links only, as for bookings: a whole town may share one network.
WRONG_WAITLIST_LINKS = RateLimit("waitlist_wrong_link", 300, 60)


def _party_choices() -> list[tuple[int, str]]:
    sizes = range(1, settings.HOLD_SEATS_MAX + 1)
    return [
        (size, ngettext("%(count)d person", "%(count)d people", size) % {"count": size})
        for size in sizes
    ]


class JoinForm(forms.Form):
    size = forms.TypedChoiceField(
        label=_("People"),
        coerce=int,
        initial=2,
        help_text=_("You are only offered seats side by side for all of you."),
    )
    categories = forms.MultipleChoiceField(
        label=_("Seat categories"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Without a choice: any."),
    )
    wheelchairs = forms.TypedChoiceField(
        label=_("Wheelchair spaces"), coerce=int, empty_value="0", required=False
    )
    price_max = RupiahField(
        label=_("Highest price of a ticket"),
        required=False,
        min_value=1,
        help_text=_("In rupiah, service fee included."),
    )
    email = forms.EmailField(
        label=_("Email"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"}),
        error_messages={
            "required": _("Please tell us where to send an offer."),
            "invalid": _("This is not a complete email address."),
        },
    )
    phone = phone_field(
        _("For an SMS when seats are held for you: there are only minutes to take them.")
    )

    def __init__(self, *args: Any, present: set[str], **kwargs: Any) -> None:
        """``present``: the categories of the showtime's seats."""
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["size"]).choices = _party_choices()
        offered = [(each.value, each.label) for each in WAITLIST_CATEGORIES if each in present]
        cast(forms.ChoiceField, self.fields["categories"]).choices = offered
        counts = [(count, str(count)) for count in range(WHEELCHAIRS_MAX + 1)]
        cast(forms.ChoiceField, self.fields["wheelchairs"]).choices = counts
        if len(offered) <= 1:
            del self.fields["categories"]
        if "wheelchair" not in present:
            del self.fields["wheelchairs"]

    def wanted(self) -> SeatRequest:
        data = self.cleaned_data
        return SeatRequest(
            size=data["size"],
            wheelchairs=int(data.get("wheelchairs") or 0),
            categories=tuple(data.get("categories") or ()),
            price_max_rupiah=data["price_max"],
        )


@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, showtime_id: int) -> HttpResponseBase:
    """The form, and joining with it."""
    showtime = Showtime.objects.with_places().filter(pk=showtime_id).first()
    if showtime is None:
        raise NotFound()
    user = request.user if isinstance(request.user, User) else None
    seats = fresh_availability(showtime_id).hall.seats
    initial = {"email": user.email, "phone": getattr(user, "phone", "")} if user else {}
    form = JoinForm(
        request.POST or None, present={seat.category for seat in seats}, initial=initial
    )
    if request.method == "POST" and form.is_valid():
        try:
            return _joined(request, showtime, form, user)
        except SeatsStillFree as error:
            messages.info(request, str(error))
            return redirect("seating:seat_map", showtime_id)
        except LayarError as error:
            if error.status not in (409, 422):
                raise
            form.add_error(None, str(error))
    context = {
        "form": form,
        "showtime": showtime,
        "is_open": limits.is_open(showtime, timezone.now()),
        "offer_minutes": settings.WAITLIST_OFFER_SECONDS // 60,
    }
    return render(request, "bookings/waitlist_join.html", context)


def _joined(
    request: HttpRequest, showtime: Showtime, form: JoinForm, user: User | None
) -> HttpResponseBase:
    visitor = site_visitor(request) or new_site_visitor(request)
    limits.enforce_joins(
        visitor=visitor, user_id=user.pk if user else None, network=client_network(request)
    )
    joiner = joining.Joiner(
        email=form.cleaned_data["email"],
        phone=str(form.cleaned_data["phone"] or ""),
        language=get_language() or settings.LANGUAGE_CODE,
        visitor=visitor,
        user=user,
    )
    entry = joining.join(
        showtime_id=showtime.pk, wanted=form.wanted(), joiner=joiner, at=timezone.now()
    )
    links.remember(request, entry, is_proven=False)
    response = see_other(reverse("bookings:waitlist_entry", args=[entry.pk]))
    ensure_site_visitor(request, response)
    return response


@private_page
@require_safe
def link(request: HttpRequest, entry_id: UUID, token: str) -> HttpResponseBase:
    """Open the entry in this session and redirect, so that the token leaves the address bar.

    Mail scanners open links, too, so opening one confirms and accepts nothing.
    """
    network = client_network(request)
    require_left(WRONG_WAITLIST_LINKS, network)
    try:
        entry = links.entry_for_token(entry_id, token, timezone.now())
    except WaitlistEntryNotFound:
        WRONG_WAITLIST_LINKS.record(network)
        raise
    links.remember(request, entry, is_proven=True)
    return redirect("bookings:waitlist_entry", entry.pk)


@private_page
@require_safe
def entry(request: HttpRequest, entry_id: UUID) -> HttpResponseBase:
    at = timezone.now()
    found = links.visible_entry(request, entry_id)
    offer = found.open_offer()
    is_open = offer is not None and offer.is_open(at)
    context = {
        "entry": found,
        "showtime": found.showtime,
        "is_owner": links.is_owner(request, found),
        "offer": offer if is_open else None,
        "place": place_in_line(found),
        "is_over": found.ended_at is not None,
        "categories": [str(each.label) for each in WAITLIST_CATEGORIES if each in found.categories],
    }
    return render(request, "bookings/waitlist_entry.html", context)


@private_page
@require_POST
def confirm(request: HttpRequest, entry_id: UUID) -> HttpResponseBase:
    found = _own_entry(request, entry_id)
    try:
        joining.confirm(entry_id=found.pk, at=timezone.now())
    except LayarError as error:
        messages.error(request, str(error))
    return redirect("bookings:waitlist_entry", found.pk)


@private_page
@require_POST
def accept(request: HttpRequest, entry_id: UUID) -> HttpResponseBase:
    """Take the offered seats and continue with the checkout."""
    found = _own_entry(request, entry_id)
    visitor = site_visitor(request) or new_site_visitor(request)
    response: HttpResponseBase
    try:
        offers.accept(entry_id=found.pk, visitor=visitor, at=timezone.now())
        response = redirect("bookings:checkout", found.waitlist_id)
    except LayarError as error:
        messages.error(request, str(error))
        response = redirect("bookings:waitlist_entry", found.pk)
    ensure_site_visitor(request, response)
    return response


@private_page
@require_POST
def decline(request: HttpRequest, entry_id: UUID) -> HttpResponseBase:
    found = _own_entry(request, entry_id)
    try:
        offers.decline(entry_id=found.pk, at=timezone.now())
        messages.success(request, gettext("The seats are offered to the next in line."))
    except LayarError as error:
        messages.error(request, str(error))
    return redirect("bookings:waitlist_entry", found.pk)


@private_page
@require_POST
def leave(request: HttpRequest, entry_id: UUID) -> HttpResponseBase:
    found = links.visible_entry(request, entry_id)
    joining.leave(entry_id=found.pk, at=timezone.now())
    return redirect("bookings:waitlist_entry", found.pk)


def _own_entry(request: HttpRequest, entry_id: UUID) -> WaitlistEntry:
    found = links.visible_entry(request, entry_id)
    if not links.is_owner(request, found):
        raise WaitlistEntryNotFound()
    return found
