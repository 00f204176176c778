"""Webhook URLs, without a language prefix."""

from django.urls import path

from bookings.settlement import webhooks

urlpatterns = [path("<slug:provider>/", webhooks.receive, name="webhook")]
