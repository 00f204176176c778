"""Addresses outside the site's languages: providers call here."""

from django.urls import path

from bookings.settlement import webhooks

urlpatterns = [path("<slug:provider>/", webhooks.receive, name="webhook")]
