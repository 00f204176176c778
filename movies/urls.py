"""The site's addresses of this app."""

from django.urls import URLPattern

app_name = "movies"

urlpatterns: list[URLPattern] = []
