"""The admin site: staff sign in on the public sign-in page, with a second factor."""

from __future__ import annotations

from functools import wraps
from typing import Any

import pghistory
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.module_loading import import_string
from django.views.decorators.cache import never_cache
from unfold.sites import UnfoldAdminSite

from accounts.auth.reauthentication import SAFE_METHODS, confirmation_response
from accounts.auth.staff import landing_url, may_work, second_factor_url
from core.ratelimit import RateLimit

SEARCH_CHARACTERS_MIN, SEARCH_CHARACTERS_MAX = 2, 100
# More than a person types; stops scripts with a stolen cookie.
CHANGES_BY_PERSON = RateLimit("office_change", 240, 60)


class OfficeSite(UnfoldAdminSite):
    def has_permission(self, request: HttpRequest) -> bool:
        return may_work(request.user, request.session)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Limit changes and record the user as the actor of the audit log.

        Changes in a model admin with ``needs_recent_sign_in`` require recent authentication; its
        ``requires_recent_sign_in`` names single requests that do.
        """
        model_admin, view_name = getattr(view, "__self__", None), getattr(view, "__name__", "")
        is_sensitive = getattr(model_admin, "needs_recent_sign_in", False)
        requires = getattr(model_admin, "requires_recent_sign_in", None)

        @wraps(view)
        def limited(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if request.method in SAFE_METHODS:
                return view(request, *args, **kwargs)
            result = CHANGES_BY_PERSON.hit(f"user:{request.user.pk}")
            if not result.allowed:
                return result.refusal()
            asks = is_sensitive or (requires is not None and requires(request, view_name))
            if asks and (confirmation := confirmation_response(request, timezone.now())):
                return confirmation
            with pghistory.context(user=request.user.pk, url=request.path):
                return view(request, *args, **kwargs)

        return super().admin_view(limited, cacheable)

    def search(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """What ``OFFICE_SEARCH`` finds for this user, then pages of the menu; never cached."""
        text = request.GET.get("s", "").strip()[:SEARCH_CHARACTERS_MAX]
        if len(text) < SEARCH_CHARACTERS_MIN:
            return HttpResponse()
        pages = [
            {"title": item["title"], "description": group["title"], "link": item["link"]}
            for group in self.get_sidebar_list(request)
            for item in group["items"]
            if text.lower() in str(item["title"]).lower()
        ]
        found = [*import_string(settings.OFFICE_SEARCH)(request, text), *pages]
        return TemplateResponse(
            request, "unfold/helpers/search_results.html", {"results": found, "text": text}
        )

    @method_decorator(never_cache)
    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Redirect to the missing step (sign-in or second factor), and back."""
        next_url = request.GET.get("next", "")
        if not url_has_allowed_host_and_scheme(next_url, {request.get_host()}, request.is_secure()):
            next_url = reverse("admin:index")
        if next_url == reverse("admin:index"):
            next_url = landing_url(request.user) or next_url
        if not request.user.is_authenticated:
            query = urlencode({"next": next_url})
            return HttpResponseRedirect(f"{reverse('account_login')}?{query}")
        if not request.user.is_staff:
            raise PermissionDenied
        if not may_work(request.user, request.session):
            return HttpResponseRedirect(second_factor_url(request, next_url))
        return HttpResponseRedirect(next_url)
