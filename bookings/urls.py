"""The site's addresses of this app."""

from django.urls import URLPattern

app_name = "bookings"

urlpatterns: list[URLPattern] = []
