"""Site routes of this app."""

from django.urls import path

from seating.site import best_seats, extension, groups, rescue, views, waiting_draw, waiting_room

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
    path("showtimes/<int:showtime_id>/wait/", waiting_room.wait, name="wait"),
    path("waiting-rooms/<int:room_id>/", waiting_room.waiting_room, name="waiting_room"),
    path("waiting-rooms/<int:room_id>/place.json", waiting_room.place, name="waiting_place"),
    path("waiting-rooms/<int:room_id>/join/", waiting_room.join, name="waiting_join"),
    path("waiting-rooms/<int:room_id>/enter/", waiting_room.enter, name="waiting_enter"),
    path("waiting-rooms/<int:room_id>/leave/", waiting_room.leave, name="waiting_leave"),
    path("waiting-rooms/<int:room_id>/draw/", waiting_draw.draw, name="waiting_draw"),
    path("waiting-rooms/<int:room_id>/draw.csv", waiting_draw.order, name="waiting_order"),
]
