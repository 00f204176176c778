"""Page behind an invitation's link: choose a password, then set up a second factor."""

from __future__ import annotations

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.auth.enrolment import allow_enrolment
from accounts.auth.session import has_second_factor
from accounts.forms import NewPasswordForm
from accounts.staff_access.invitations import InvitationOver, open_invitation, redeem

LINK_KEY = "invitation"
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@require_safe
@never_cache
def invitation_link(request: HttpRequest, token: str) -> HttpResponse:
    """Move the token into the session, so that it leaves the address bar. Does not redeem the link:
    mail scanners open links too."""
    request.session[LINK_KEY] = token
    return redirect("accounts:invitation")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def invitation(request: HttpRequest) -> HttpResponse:
    at, given = timezone.now(), request.session.get(LINK_KEY, "")
    try:
        invited = open_invitation(given, at).user
        form = NewPasswordForm(request.POST or None, user=invited)
        if request.method != "POST" or not form.is_valid():
            context = {"form": form, "invited": invited}
            return render(request, "account/invitation.html", context)
        user = redeem(given=given, password=form.cleaned_data["password"], at=at)
    except InvitationOver:
        return render(request, "account/invitation.html", {"is_over": True}, status=404)
    request.session.flush()
    office = {"next": reverse("admin:index")}
    if has_second_factor(user):
        return redirect(f"{reverse('account_login')}?{urlencode(office)}")
    login(request, user, BACKEND)
    allow_enrolment(request.session, user, at)
    return redirect(f"{reverse('mfa_index')}?{urlencode(office)}")
