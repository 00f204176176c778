"""The sandbox bank's own addresses, as if it were another company."""

from django.urls import URLPattern

app_name = "sandbox_bank"

urlpatterns: list[URLPattern] = []
