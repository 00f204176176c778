"""The API's addresses of this app, under /api/v1/."""

from movies.api_paths import api_path
from seating import api

urlpatterns = [
    *api_path("showtimes/<int:showtime_id>/layout", api.Layout.as_view(), name="api-layout"),
    *api_path("showtimes/<int:showtime_id>/seats", api.Seats.as_view(), name="api-seats"),
    *api_path("showtimes/<int:showtime_id>/holds", api.Holds.as_view(), name="api-holds"),
    *api_path("holds/<uuid:hold_id>", api.HoldDetail.as_view(), name="api-hold"),
]
