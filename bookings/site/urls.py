"""URLs of this app on the website."""

from django.urls import path

from bookings.site import booking, checkout, door, finding, payment, shared_ticket, waitlist

app_name = "bookings"

urlpatterns = [
    path("showtimes/<int:showtime_id>/checkout/", checkout.checkout, name="checkout"),
    path(
        "showtimes/<int:showtime_id>/checkout/change/", checkout.change_seats, name="change_seats"
    ),
    path("bookings/", booking.mine, name="mine"),
    path("bookings/find/", finding.find, name="find"),
    path("bookings/join/", finding.join, name="join"),
    path("bookings/<slug:code>/", booking.detail, name="detail"),
    path("bookings/<slug:code>/address/", finding.correct_address, name="correct_address"),
    path("bookings/<slug:code>/return/", payment.payment_return, name="payment_return"),
    path("bookings/<slug:code>/pay/", payment.pay, name="pay"),
    path("bookings/<slug:code>/abandon/", payment.abandon, name="abandon"),
    path("bookings/<slug:code>/cancel/", booking.cancel, name="cancel"),
    path("bookings/<slug:code>/resend/", booking.resend, name="resend"),
    path("bookings/<slug:code>/tickets.pdf", booking.ticket_file, name="tickets_pdf"),
    path("bookings/<slug:code>/calendar.ics", booking.calendar_file, name="calendar"),
    path("office/check-in/", door.check_in, name="check_in"),
    path("tickets/<slug:serial>/<str:token>/", shared_ticket.shared_ticket, name="shared_ticket"),
    path("showtimes/<int:showtime_id>/waitlist/", waitlist.join, name="waitlist_join"),
    path("waitlist/<uuid:entry_id>/", waitlist.entry, name="waitlist_entry"),
    path("waitlist/<uuid:entry_id>/confirm/", waitlist.confirm, name="waitlist_confirm"),
    path("waitlist/<uuid:entry_id>/accept/", waitlist.accept, name="waitlist_accept"),
    path("waitlist/<uuid:entry_id>/decline/", waitlist.decline, name="waitlist_decline"),
    path("waitlist/<uuid:entry_id>/leave/", waitlist.leave, name="waitlist_leave"),
    path("w/<uuid:entry_id>/<str:token>/", waitlist.link, name="waitlist_link"),
    path("b/<slug:code>/<str:token>/", booking.guest_link, name="guest_link"),
]
