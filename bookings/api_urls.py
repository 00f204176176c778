"""The API's addresses of this app, under /api/v1/."""

from bookings import api, checkin_api
from movies.api_paths import api_path

urlpatterns = [
    *api_path("ticket-types", api.TicketTypes.as_view(), name="api-ticket-types"),
    *api_path("payment-providers", api.PaymentProviders.as_view(), name="api-providers"),
    *api_path("holds/<uuid:hold_id>/quote", api.HoldQuote.as_view(), name="api-quote"),
    *api_path("bookings", api.Bookings.as_view(), name="api-bookings"),
    *api_path("bookings/<slug:code>", api.BookingDetail.as_view(), name="api-booking"),
    *api_path("bookings/<slug:code>/payments", api.Payments.as_view(), name="api-payments"),
    *api_path(
        "bookings/<slug:code>/cancellation", api.Cancellation.as_view(), name="api-cancellation"
    ),
    *api_path(
        "bookings/<slug:code>/tickets", api.BookingTickets.as_view(), name="api-booking-tickets"
    ),
    *api_path("check-ins", checkin_api.CheckIns.as_view(), name="api-check-ins"),
    *api_path("tickets", api.Tickets.as_view(), name="api-tickets"),
]
