"""API routes of this app, under /api/v1/."""

from core.api.paths import api_path
from seating.api import best_seats, views, waiting_room

urlpatterns = [
    *api_path("showtimes/<int:showtime_id>/layout", views.Layout.as_view(), name="api-layout"),
    *api_path("showtimes/<int:showtime_id>/seats", views.Seats.as_view(), name="api-seats"),
    *api_path("showtimes/<int:showtime_id>/holds", views.Holds.as_view(), name="api-holds"),
    *api_path(
        "showtimes/<int:showtime_id>/hold",
        views.HoldOfShowtime.as_view(),
        name="api-hold-of-showtime",
    ),
    *api_path(
        "showtimes/<int:showtime_id>/holds/best",
        best_seats.BestSeats.as_view(),
        name="api-best-seats",
    ),
    *api_path(
        "showtimes/<int:showtime_id>/holds/rescue", views.Rescue.as_view(), name="api-rescue"
    ),
    *api_path(
        "holds/<uuid:hold_id>/extension", views.Extension.as_view(), name="api-hold-extension"
    ),
    *api_path(
        "waiting-rooms/<int:room_id>",
        waiting_room.WaitingRoomDetail.as_view(),
        name="api-waiting-room",
    ),
    *api_path(
        "waiting-rooms/<int:room_id>/place", waiting_room.Place.as_view(), name="api-waiting-place"
    ),
    *api_path(
        "waiting-rooms/<int:room_id>/pass", waiting_room.Pass.as_view(), name="api-waiting-pass"
    ),
    *api_path("holds/<uuid:hold_id>", views.HoldDetail.as_view(), name="api-hold"),
]
