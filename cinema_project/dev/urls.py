"""URL configuration of `bin/dev`: the product's, django-debug-toolbar, sent messages."""

from __future__ import annotations

from debug_toolbar.toolbar import debug_toolbar_urls
from django.urls import path

from cinema_project import urls
from cinema_project.dev import messages

urlpatterns = [
    *debug_toolbar_urls(),
    path("dev/messages/", messages.message_list, name="dev-messages"),
    path("dev/messages/<path:name>", messages.message_detail, name="dev-message"),
    *urls.urlpatterns,
]
