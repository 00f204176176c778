"""Addresses in the managers' office that are no model's: ``/admin/desk/``."""

from django.contrib import admin
from django.urls import path

from reports import desk_page

app_name = "reports"

urlpatterns = [
    path("desk/", admin.site.admin_view(desk_page.figures), name="desk_figures"),
]
