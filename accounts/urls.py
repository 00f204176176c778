"""Site routes of this app, beside allauth's."""

from django.urls import URLPattern, path

from accounts import views
from accounts.privacy import views as privacy_views

app_name = "accounts"

urlpatterns: list[URLPattern] = [
    path("accounts/profile/", views.Profile.as_view(), name="profile"),
    path("accounts/profile/data/", privacy_views.my_data, name="my_data"),
    path("accounts/profile/delete/", privacy_views.DeleteAccount.as_view(), name="delete"),
]
