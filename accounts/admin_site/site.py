"""The managers' office as a site of its own kind: its door is the same as everybody's.

Staff sign in on the site's page, with their second factor; then the office opens.
"""

from __future__ import annotations

from functools import wraps
from typing import Any

import pghistory
from django.core.exceptions import PermissionDenied
from django.core.paginator import InvalidPage
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.cache import never_cache
from unfold.sites import UnfoldAdminSite

from accounts.auth.reauthentication import SAFE_METHODS
from accounts.auth.staff import may_work, way_to_work
from core.ratelimit import RateLimit

# Nobody types so fast; a script with a manager's cookie would.
CHANGES_BY_PERSON = RateLimit("office_change", 240, 60)


class OfficeSite(UnfoldAdminSite):
    def has_permission(self, request: HttpRequest) -> bool:
        return may_work(request.user, request.session)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Whatever a page of the office changes is written down with who was signed in."""

        @wraps(view)
        def recorded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if request.method in SAFE_METHODS:
                return view(request, *args, **kwargs)
            allowance = CHANGES_BY_PERSON.hit(f"user:{request.user.pk}")
            if not allowance.allowed:
                return allowance.refusal()
            with pghistory.context(user=request.user.pk, url=request.path):
                return view(request, *args, **kwargs)

        return super().admin_view(recorded, cacheable)

    def search(self, request: HttpRequest, extra_context: Any = None) -> Any:
        try:
            return super().search(request, extra_context)
        except InvalidPage:
            raise Http404 from None

    @method_decorator(never_cache)
    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Asked only by who may not come in yet: to the step that is missing, and back."""
        wanted = request.GET.get("next", "")
        if not url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure()):
            wanted = reverse("admin:index")
        if not request.user.is_authenticated:
            query = urlencode({"next": wanted})
            return HttpResponseRedirect(f"{reverse('account_login')}?{query}")
        if not request.user.is_staff:
            raise PermissionDenied
        if not may_work(request.user, request.session):
            return HttpResponseRedirect(way_to_work(request, wanted))
        return HttpResponseRedirect(wanted)
