"""Permission to set up a second factor: staff need an invitation or an existing factor.

A password alone is not enough: an attacker who guessed it could set up a factor.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from accounts.auth.session import Session, gave_second_factor

INVITED_KEY = "invited"
# From the use of an invitation to the first second factor.
ENROLMENT_WINDOW = timedelta(hours=1)


def allow_enrolment(session: Session, user: Any, at: datetime) -> None:
    """Record that the user of this session has used an invitation."""
    session[INVITED_KEY] = [str(user.pk), (at + ENROLMENT_WINDOW).timestamp()]


def may_enrol(session: Session, user: Any, at: datetime) -> bool:
    if not user.is_staff or gave_second_factor(session, user):
        return True
    invited, until = session.get(INVITED_KEY, ("", 0))
    return bool(invited == str(user.pk) and at.timestamp() < until)


def enrolment_page(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Decorator for allauth's pages that add a second factor."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not may_enrol(request.session, request.user, timezone.now()):
            return render(request, "mfa/invitation_needed.html", status=403)
        return view(request, *args, **kwargs)

    return guarded
