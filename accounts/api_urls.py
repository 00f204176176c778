"""The API's addresses of this app, under /api/v1/."""

from django.urls import path

from accounts import api

# A slash at the end is forgiven: a redirect would lose the body of a POST.
urlpatterns = [
    path("auth/token", api.Token.as_view(), name="api-token"),
    path("auth/token/", api.Token.as_view()),
    path("me", api.Me.as_view(), name="api-me"),
    path("me/", api.Me.as_view()),
]
