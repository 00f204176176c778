"""Office pages of one user: invitation, lost second factor, signing out everywhere.

Each opens by GET and acts by POST, after recent authentication. Each action is recorded in the
user's history.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action

from accounts.auth.reauthentication import require_recent_sign_in
from accounts.auth.session import has_second_factor
from accounts.models import User
from accounts.staff_access.invitations import invite
from accounts.staff_access.sign_out import remove_second_factors, sign_out_everywhere

logger = logging.getLogger(__name__)

# Button label and history entry.
INVITATION = (_("Send an invitation link"), _("An invitation was sent."))
RESET = (
    _("Reset the second step"),
    _("The second step was removed and everything signed out."),
)
SIGN_OUT = (_("Sign out everywhere"), _("Signed out everywhere."))


class StaffAccessActions(ModelAdmin):
    """Adds the pages ``invitation``, ``second-step`` and ``sign-out`` to a user."""

    actions_detail = ["send_invitation", "reset_second_factor", "sign_out"]

    @action(description=_("Send an invitation link…"), url_path="invitation")
    @require_recent_sign_in
    def send_invitation(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        user = self._user(request, object_id)
        if not user.is_staff or has_second_factor(user):
            messages.warning(
                request, _("Only staff without a second step need an invitation link.")
            )
            return redirect("admin:accounts_user_change", user.pk)
        explanation = _(
            "They get an email with a link that works once, for two days, to choose a password and"
            " to set up a second step. An earlier link stops working."
        )

        def send(at: datetime) -> None:
            invite(user=user, by=request.user, at=at)  # type: ignore[arg-type]

        return self._confirmed(request, user, INVITATION, explanation, send)

    @action(description=_("Reset the second step…"), url_path="second-step")
    @require_recent_sign_in
    def reset_second_factor(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        user = self._user(request, object_id)
        explanation = _(
            "First make sure, in person or by calling them, that it is they who ask. Their app,"
            " passkeys and recovery codes are removed and they are signed out everywhere. Staff get"
            " an email with a link to set up a new password and second step."
        )

        def reset(at: datetime) -> None:
            remove_second_factors(user)
            if user.is_staff:
                invite(user=user, by=request.user, at=at)  # type: ignore[arg-type]

        return self._confirmed(request, user, RESET, explanation, reset)

    @action(description=_("Sign out everywhere…"), url_path="sign-out")
    @require_recent_sign_in
    def sign_out(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        user = self._user(request, object_id)
        explanation = _(
            "Ends all of their sessions in browsers and apps at once. They can sign in again:"
            " to keep somebody out, deactivate the account."
        )

        def end(at: datetime) -> None:
            sign_out_everywhere(user)

        return self._confirmed(request, user, SIGN_OUT, explanation, end)

    def _user(self, request: HttpRequest, object_id: str) -> User:
        user: User | None = self.get_object(request, object_id)
        if not self.has_view_permission(request):
            raise PermissionDenied
        if user is None:
            raise Http404
        if not self.has_change_permission(request, user):
            raise PermissionDenied
        return user

    def _confirmed(
        self,
        request: HttpRequest,
        user: User,
        titles: tuple[str | Promise, str | Promise],
        explanation: str | Promise,
        act: Callable[[datetime], None],
    ) -> HttpResponseBase:
        title, done = titles
        if request.method == "POST":
            with transaction.atomic():
                act(timezone.now())
                self.log_change(request, user, str(done))
            logger.warning("user %s: %s by user %s", user.pk, title, request.user.pk)
            messages.success(request, str(done))
            return redirect("admin:accounts_user_change", user.pk)
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "person": user,
            "explanation": explanation,
        }
        return TemplateResponse(request, "admin/accounts/user_action.html", context)
