"""The profile page. Sign-in, sign-up and passwords are allauth's pages."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.generic import UpdateView

from accounts.forms import ProfileForm
from accounts.models import User


@method_decorator(never_cache, name="dispatch")
class Profile(LoginRequiredMixin, UpdateView[User, ProfileForm]):
    form_class = ProfileForm
    template_name = "account/profile.html"

    def get_object(self, queryset: QuerySet[User] | None = None) -> User:
        # Not request.user: invalid form values must not appear in the page header.
        return User.objects.get(email=self.request.user.get_username())

    def form_valid(self, form: ProfileForm) -> HttpResponse:
        with translation.override(form.cleaned_data["language"]):
            messages.success(self.request, _("Your profile is saved."))
        return super().form_valid(form)

    def get_success_url(self) -> str:
        """This page in the language just chosen."""
        with translation.override(self.get_object().language):
            return reverse("accounts:profile")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(email=self.request.user.get_username(), **kwargs)


@require_safe
def signed_out(request: HttpRequest) -> HttpResponse:
    """Page shown after signing out: the home page is cached for everybody and shows no messages."""
    return render(request, "account/goodbye.html")


@require_safe
def closed(request: HttpRequest) -> HttpResponse:
    """Page shown after deleting an account."""
    return render(request, "account/goodbye.html", {"is_closed": True})
