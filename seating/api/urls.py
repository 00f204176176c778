"""API routes of this app, under /api/v1/."""

from core.api.paths import api_path
from seating.api import best_seats, views

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
    *api_path("holds/<uuid:hold_id>", views.HoldDetail.as_view(), name="api-hold"),
]
