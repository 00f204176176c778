"""Site routes of this app."""

from django.urls import path

from seating.site import best_seats, extension, groups, rescue, views

app_name = "seating"

urlpatterns = [
    path("showtimes/<int:showtime_id>/", views.seat_map, name="seat_map"),
    path("showtimes/<int:showtime_id>/groups/", groups.groups, name="groups"),
    path("showtimes/<int:showtime_id>/seats.json", views.statuses, name="statuses"),
    path("showtimes/<int:showtime_id>/hold/", views.hold, name="hold"),
    path("showtimes/<int:showtime_id>/hold/best/", best_seats.best_seats, name="best_seats"),
    path("showtimes/<int:showtime_id>/hold/rescue/", rescue.rescue, name="rescue"),
    path("showtimes/<int:showtime_id>/hold/extend/", extension.extend, name="extend"),
    path("showtimes/<int:showtime_id>/hold/change/", views.change, name="change"),
    path("showtimes/<int:showtime_id>/hold/release/", views.release, name="release"),
    path("showtimes/<int:showtime_id>/choose/", views.choose, name="choose"),
]
