"""URLs of this app under /api/v1/."""

from bookings.api import cancellation, checkin, claiming, documents, tickets, views, waitlist
from core.api.paths import api_path

urlpatterns = [
    *api_path("ticket-types", views.TicketTypes.as_view(), name="api-ticket-types"),
    *api_path("payment-providers", views.PaymentProviders.as_view(), name="api-providers"),
    *api_path("holds/<uuid:hold_id>/quote", views.HoldQuote.as_view(), name="api-quote"),
    *api_path("bookings", views.Bookings.as_view(), name="api-bookings"),
    *api_path("bookings/<slug:code>", views.BookingDetail.as_view(), name="api-booking"),
    *api_path("bookings/<slug:code>/payments", views.Payments.as_view(), name="api-payments"),
    *api_path(
        "bookings/<slug:code>/abandon", cancellation.Abandonment.as_view(), name="api-abandon"
    ),
    *api_path("bookings/<slug:code>/claim", claiming.Claim.as_view(), name="api-claim"),
    *api_path(
        "bookings/<slug:code>/cancellation",
        cancellation.Cancellation.as_view(),
        name="api-cancellation",
    ),
    *api_path(
        "bookings/<slug:code>/tickets", tickets.BookingTickets.as_view(), name="api-booking-tickets"
    ),
    *api_path(
        "bookings/<slug:code>/tickets.pdf", documents.BookingPdf.as_view(), name="api-booking-pdf"
    ),
    *api_path(
        "bookings/<slug:code>/calendar.ics",
        documents.BookingCalendar.as_view(),
        name="api-booking-calendar",
    ),
    *api_path("check-ins", checkin.CheckIns.as_view(), name="api-check-ins"),
    *api_path(
        "showtimes/<int:showtime_id>/waitlist", waitlist.Waitlist.as_view(), name="api-waitlist"
    ),
    *api_path(
        "waitlist/<uuid:entry_id>",
        waitlist.WaitlistEntryDetail.as_view(),
        name="api-waitlist-entry",
    ),
    *api_path(
        "waitlist/<uuid:entry_id>/acceptance",
        waitlist.Acceptance.as_view(),
        name="api-waitlist-acceptance",
    ),
    *api_path("tickets", tickets.Tickets.as_view(), name="api-tickets"),
]
