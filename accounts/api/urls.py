"""API routes of this app, under /api/v1/."""

from django.urls import path

from accounts.api import views

# A trailing slash is accepted: a redirect would lose the body of a POST.
urlpatterns = [
    path("auth/token", views.Token.as_view(), name="api-token"),
    path("auth/token/", views.Token.as_view()),
    path("me", views.Me.as_view(), name="api-me"),
    path("me/", views.Me.as_view()),
]
