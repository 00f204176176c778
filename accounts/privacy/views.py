"""Pages to download one's own data or delete one's account."""

from __future__ import annotations

import time
from typing import Any

from django import forms
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.generic import FormView

from accounts.models import User
from accounts.privacy import erasure, export
from accounts.privacy.erasure import ErasureRefused
from accounts.privacy.person import Person
from core.ratelimit import RateLimit

DOWNLOADS_BY_PERSON = RateLimit("my_data", 10, 60 * 60)
DELETIONS_BY_PERSON = RateLimit("delete_account", 10, 300)


@never_cache
@login_required
@require_safe
def my_data(request: HttpRequest) -> HttpResponse:
    """All stored data, as JSON in a ZIP."""
    user = _user(request)
    result = DOWNLOADS_BY_PERSON.hit(f"user:{user.pk}")
    if not result.allowed:
        return result.refusal()
    collected = export.collect(Person.of(user), timezone.now())
    name = f"{export.FILE_NAME}-{time.strftime('%Y-%m-%d')}.zip"
    return HttpResponse(
        export.as_zip(collected),
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


class DeletionForm(forms.Form):
    password = forms.CharField(
        label=gettext_lazy("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": gettext_lazy("Please enter your password.")},
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if not DELETIONS_BY_PERSON.hit(f"user:{self.user.pk}").allowed:
            raise forms.ValidationError(_("Too many attempts. Please wait a few minutes."))
        if not self.user.check_password(password):
            raise forms.ValidationError(_("That is not right. Please try again."))
        return password


@method_decorator(never_cache, name="dispatch")
class DeleteAccount(LoginRequiredMixin, FormView[DeletionForm]):
    form_class = DeletionForm
    template_name = "account/delete.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"user": _user(self.request)}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        person = Person.of(_user(self.request))
        obstacles = erasure.obstacles(person, timezone.now())
        return super().get_context_data(obstacles=obstacles, **kwargs)

    def form_valid(self, form: DeletionForm) -> HttpResponse:
        try:
            erasure.erase(Person.of(form.user), timezone.now())
        except ErasureRefused:
            return self.render_to_response(self.get_context_data(form=form))
        logout(self.request)
        return redirect("accounts:closed")


def _user(request: HttpRequest) -> User:
    """The user itself instead of the lazy request.user."""
    return User.objects.get(email=request.user.get_username())
