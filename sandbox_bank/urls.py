"""URLs of the sandbox bank."""

from django.urls import URLPattern, path

from sandbox_bank import api, views

app_name = "sandbox_bank"

urlpatterns: list[URLPattern] = [
    path("api/charges", api.charge_list, name="charges"),
    path("api/charges/<slug:reference>", api.charge_detail, name="charge"),
    path("api/charges/<slug:reference>/close", api.charge_close, name="close"),
    path("api/charges/<slug:reference>/refunds", api.refund_list, name="refunds"),
    path("pay/<slug:reference>/", views.PaymentPage.as_view(), name="pay"),
]
