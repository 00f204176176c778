"""Site routes of this app, in addition to allauth's."""

from allauth.mfa.totp import views as totp_views
from allauth.mfa.webauthn import views as webauthn_views
from django.urls import URLPattern, path

from accounts import views
from accounts.auth.enrolment import enrolment_page
from accounts.policies import views as page_views
from accounts.privacy import views as privacy_views
from accounts.staff_access import views as staff_views

app_name = "accounts"

urlpatterns: list[URLPattern] = [
    path("accounts/profile/", views.Profile.as_view(), name="profile"),
    path("accounts/profile/data/", privacy_views.my_data, name="my_data"),
    path("accounts/profile/delete/", privacy_views.DeleteAccount.as_view(), name="delete"),
    path("info/<slug:kind>/", page_views.page, name="page"),
    path("accounts/signed-out/", views.signed_out, name="signed_out"),
    path("accounts/closed/", views.closed, name="closed"),
    path("accounts/invitation/", staff_views.invitation, name="invitation"),
    path("accounts/invitation/<str:token>/", staff_views.invitation_link, name="invitation_link"),
    # Before allauth's own routes with the same paths.
    path(
        "accounts/2fa/totp/activate/",
        enrolment_page(totp_views.activate_totp),
        name="activate_totp",
    ),
    path(
        "accounts/2fa/webauthn/add/",
        enrolment_page(webauthn_views.add_webauthn),
        name="add_webauthn",
    ),
]
