"""The site's addresses of this app."""

from django.urls import URLPattern

app_name = "seating"

urlpatterns: list[URLPattern] = []
