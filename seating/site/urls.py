"""The site's addresses of this app."""

from django.urls import path

from seating.site import views

app_name = "seating"

urlpatterns = [
    path("showtimes/<int:showtime_id>/", views.seat_map, name="seat_map"),
    path("showtimes/<int:showtime_id>/seats.json", views.statuses, name="statuses"),
    path("showtimes/<int:showtime_id>/hold/", views.hold, name="hold"),
    path("showtimes/<int:showtime_id>/hold/release/", views.release, name="release"),
    path("showtimes/<int:showtime_id>/choose/", views.choose, name="choose"),
]
