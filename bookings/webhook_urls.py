"""Addresses outside the site's languages: providers call here."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
