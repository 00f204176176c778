"""The site's addresses of this app; allauth's stand beside them."""

from django.urls import URLPattern, path

from accounts import views

app_name = "accounts"

urlpatterns: list[URLPattern] = [
    path("accounts/profile/", views.Profile.as_view(), name="profile"),
]
