"""Base of the account's operations: allauth's flows, in the session of an app."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, cast

from allauth.mfa.models import Authenticator
from django import forms
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import UpdateError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import signals
from accounts.api.account_shapes import SessionSerializer
from accounts.api.authentication import SessionAuthentication
from accounts.auth import app_session
from accounts.auth.allauth_flows import (
    PasswordResetVerificationProcess,
    get_pending_stage,
    ratelimit,
)
from accounts.auth.session import is_recent
from accounts.auth.throttle import remember_app
from accounts.errors import CodeIncorrect, SignInAgain
from accounts.models import User
from core.api.limits import LimitedView
from core.api.views import django_request
from core.errors import FieldProblem, InvalidInput
from core.ratelimit import ACCOUNT_STEPS_BY_ADDRESS, PROFILE_BY_ACCOUNT

NO_STORE = {"Cache-Control": "private, no-store"}
ALLAUTH_WAIT_SECONDS = 60
RATE_LIMITED = {"rate_limited", "too_many_login_attempts"}
STATUS_OF_STAGE = {"verify_email": "confirm_email", "mfa_authenticate": "second_factor"}


class SessionView(LimitedView):
    """A view in whose requests allauth finds the session and user that it expects of a browser.

    ``begins_session``: without a token the request has a new session, which is stored only with
    an answer by ``session_answer``. A stored session that changed is stored even after a refusal,
    because wrong codes are counted in it.
    """

    authentication_classes: Sequence[type[BaseAuthentication]] = (SessionAuthentication,)
    permission_classes: Sequence[type[BasePermission]] = (IsAuthenticated,)
    limits = (PROFILE_BY_ACCOUNT,)

    def get_authenticate_header(self, request: Request) -> str:
        return "Bearer"

    def limited_actor(self, request: Any) -> str:
        if request.user is not None and request.user.is_authenticated:
            return f"user:{request.user.pk}"
        return super().limited_actor(request)

    def perform_authentication(self, request: Request) -> None:
        super().perform_authentication(request)
        plain: Any = django_request(request)
        plain.session = request.auth if app_session.is_app(request.auth) else app_session.begin()
        plain.user = AnonymousUser() if request.user is None else request.user

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        plain: Any = getattr(request, "_request", request)
        session = getattr(plain, "session", None)
        if session is not None and session.session_key and session.modified:
            # If it ended meanwhile, whoever ended it has the last word: nothing is stored.
            with suppress(UpdateError):
                session.save()
        plain.META["CSRF_COOKIE_NEEDS_UPDATE"] = False  # signing in wants a new cookie for pages
        return super().finalize_response(request, response, *args, **kwargs)

    def consume(self, request: Request, action: str, key: str) -> None:
        """Count against allauth's limit, which the website's page has, too; raises Throttled."""
        plain = django_request(request)
        if not ratelimit.consume(plain, app="allauth.account", action=action, key=key):
            raise Throttled(wait=ALLAUTH_WAIT_SECONDS)

    def require_recent(self, request: Request) -> None:
        """Raises SignInAgain unless a password, code or passkey was given a short time ago."""
        if not is_recent(django_request(request).session, timezone.now()):
            raise SignInAgain()

    def session_answer(self, request: Request, status: int = 200) -> Response:
        """The session after this step; its token is another one if somebody was signed in.

        Raises AuthenticationFailed if the session ended meanwhile.
        """
        plain: Any = django_request(request)
        session, user = plain.session, plain.user
        with transaction.atomic(), ended_is_refused():
            if user.is_authenticated and not session.get(app_session.WELCOMED_KEY):
                session[app_session.WELCOMED_KEY] = True
                remember_app(plain, user)
                app_session.end_oldest(user, session, timezone.now())
                signals.signed_in.send(User, user=user, request=request)
            app_session.extend(session)
        return self.document(request, status)

    def document(self, request: Request, status: int = 200) -> Response:
        """The session as it is stored, without making it last longer.

        Raises AuthenticationFailed if it ended meanwhile.
        """
        document = SessionSerializer(_document(django_request(request))).data
        return Response(document, status=status, headers=NO_STORE)


class StepView(SessionView):
    """A step before somebody is signed in: it needs the session that the step before began."""

    allows_pending_session = True
    limits = (ACCOUNT_STEPS_BY_ADDRESS,)

    def get_permissions(self) -> list[BasePermission]:
        return [HasSession()]


class FirstView(SessionView):
    """The first step, of anybody: an expired token that an app still sends is ignored."""

    authentication_classes = ()
    permission_classes = ()
    limits = (ACCOUNT_STEPS_BY_ADDRESS,)


class HasSession(BasePermission):
    def has_permission(self, request: Request, view: Any) -> bool:
        return app_session.is_app(request.auth)


@contextmanager
def ended_is_refused() -> Iterator[None]:
    """Raises AuthenticationFailed if the session that is stored ended during the request."""
    try:
        yield
    except UpdateError:
        raise AuthenticationFailed(_("Please sign in again.")) from None


def signed_in_user(request: Request) -> User:
    """The user itself; guaranteed by the permission."""
    return cast(User, request.user)


def checked(form: forms.BaseForm, names: dict[str, str] | None = None) -> dict[str, Any]:
    """The form's values. Raises InvalidInput, CodeIncorrect or Throttled.

    ``names``: fields that have another name in the API.
    """
    if form.is_valid():
        return form.cleaned_data
    names = names or {}
    problems = [
        FieldProblem(names.get(field, field).strip("_"), str(error.code or "invalid"), message)
        for field, errors in form.errors.as_data().items()
        for error in errors
        for message in map(str, error.messages)
    ]
    codes = {problem.code for problem in problems}
    if codes & RATE_LIMITED:
        raise Throttled(wait=ALLAUTH_WAIT_SECONDS)
    if "incorrect_code" in codes:
        raise CodeIncorrect()
    raise InvalidInput.of(problems)


def _document(plain: Any) -> dict[str, Any]:
    status, factors = _status(plain)
    expires_at = app_session.expires_at(plain.session)
    if expires_at is None:
        raise AuthenticationFailed(_("Please sign in again."))
    return {
        "token": plain.session.session_key,
        "status": status,
        "expires_at": expires_at,
        "second_factors": factors,
        "user": plain.user if plain.user.is_authenticated else None,
    }


def _status(plain: Any) -> tuple[str, list[str]]:
    """What the session is good for. Raises AuthenticationFailed if for nothing."""
    if plain.user.is_authenticated:
        return "signed_in", []
    stage = get_pending_stage(plain)
    if stage is not None and stage.key in STATUS_OF_STAGE:
        status, factors = STATUS_OF_STAGE[stage.key], []
        if status == "second_factor":
            rows = Authenticator.objects.filter(user=stage.login.user)
            factors = sorted(set(rows.values_list("type", flat=True)))
        return status, factors
    if PasswordResetVerificationProcess.resume(plain) is not None:
        return "reset_password", []
    raise AuthenticationFailed(_("Please sign in again."), code="sign_in_failed")
