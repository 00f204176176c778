"""Guests' bookings: finding lost tickets, adding bookings to an account, correcting the address."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from bookings.errors import BookingNotFound, CorrectionOver
from bookings.models.booking import normalise_code
from bookings.orders.contacts import CORRECTIONS_BY_BOOKING, correct_email, may_buyer_correct
from bookings.orders.guest_bookings import join_account
from bookings.orders.session_access import booking_for, may_change, renew_in_session
from bookings.tickets.finding import (
    SEARCHES_BY_BOOKING,
    SEARCHES_BY_NETWORK,
    queue_search,
    search_actor,
)
from core.decorators import enforce, private_page
from core.http.client_ip import client_network

CODE_MAX, CONTACT_MAX = 24, 254


class FindForm(forms.Form):
    code = forms.CharField(
        label=_("Booking code"),
        max_length=CODE_MAX,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
        error_messages={"required": _("Please enter the booking code.")},
    )
    contact = forms.CharField(
        label=_("Email or mobile phone"),
        max_length=CONTACT_MAX,
        widget=forms.TextInput(attrs={"autocomplete": "email"}),
        help_text=_("As you gave it when you booked."),
        error_messages={"required": _("Please enter the email or phone of the booking.")},
    )


class AddressForm(forms.Form):
    email = forms.EmailField(
        label=_("Email"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"}),
        error_messages={
            "required": _("Please tell us where to send your tickets."),
            "invalid": _("This is not a complete email address."),
        },
    )


@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest) -> HttpResponseBase:
    """Respond identically whether or not code and contact belong together."""
    form = FindForm(request.POST or None)
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        code = normalise_code(form.cleaned_data["code"])
        contact = form.cleaned_data["contact"]
        enforce(SEARCHES_BY_NETWORK, client_network(request))
        enforce(SEARCHES_BY_BOOKING, search_actor(code, contact))
        queue_search(code=code, contact=contact, at=timezone.now())
        context["is_sent"] = True
    return render(request, "bookings/find.html", context)


@private_page
@require_POST
@login_required
def join(request: HttpRequest) -> HttpResponseBase:
    user: Any = request.user
    count = join_account(user, timezone.now())
    if count:
        text = ngettext(
            "%(count)d booking was added to your account.",
            "%(count)d bookings were added to your account.",
            count,
        )
        messages.success(request, text % {"count": count})
    return redirect("bookings:mine")


@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def correct_address(request: HttpRequest, code: str) -> HttpResponseBase:
    at = timezone.now()
    booking = booking_for(request, code, at)
    if not may_change(request, booking, at):
        raise BookingNotFound()
    if not may_buyer_correct(booking, at):
        messages.error(request, str(CorrectionOver()))
        return redirect("bookings:detail", booking.code)
    form = AddressForm(request.POST or None, initial={"email": booking.contact_email})
    if request.method != "POST" or not form.is_valid():
        return render(request, "bookings/correct_address.html", {"form": form, "booking": booking})
    enforce(CORRECTIONS_BY_BOOKING, str(booking.pk))
    actor = f"user:{request.user.pk}" if request.user.is_authenticated else booking.visitor
    try:
        email = form.cleaned_data["email"]
        corrected = correct_email(booking_id=booking.pk, email=email, actor=actor, at=at)
        renew_in_session(request, corrected)
        messages.success(
            request, gettext("The address is corrected. Your tickets are on their way.")
        )
    except CorrectionOver as error:
        messages.error(request, str(error))
    return redirect("bookings:detail", booking.code)
