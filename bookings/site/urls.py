"""URLs of this app on the website."""

from django.urls import path

from bookings.site import booking, checkout, door, payment

app_name = "bookings"

urlpatterns = [
    path("showtimes/<int:showtime_id>/checkout/", checkout.checkout, name="checkout"),
    path(
        "showtimes/<int:showtime_id>/checkout/change/", checkout.change_seats, name="change_seats"
    ),
    path("bookings/", booking.mine, name="mine"),
    path("bookings/<slug:code>/", booking.detail, name="detail"),
    path("bookings/<slug:code>/return/", payment.payment_return, name="payment_return"),
    path("bookings/<slug:code>/pay/", payment.pay, name="pay"),
    path("bookings/<slug:code>/abandon/", payment.abandon, name="abandon"),
    path("bookings/<slug:code>/cancel/", booking.cancel, name="cancel"),
    path("bookings/<slug:code>/resend/", booking.resend, name="resend"),
    path("bookings/<slug:code>/tickets.pdf", booking.ticket_file, name="tickets_pdf"),
    path("bookings/<slug:code>/calendar.ics", booking.calendar_file, name="calendar"),
    path("bookings/<slug:code>/tickets/<slug:serial>/qr.svg", booking.ticket_qr, name="ticket_qr"),
    path("office/check-in/", door.check_in, name="check_in"),
    path("b/<slug:code>/<str:token>/", booking.guest_link, name="guest_link"),
]
