"""The API's addresses of this app, under /api/v1/."""

from core.api.paths import api_path
from seating.api import views

urlpatterns = [
    *api_path("showtimes/<int:showtime_id>/layout", views.Layout.as_view(), name="api-layout"),
    *api_path("showtimes/<int:showtime_id>/seats", views.Seats.as_view(), name="api-seats"),
    *api_path("showtimes/<int:showtime_id>/holds", views.Holds.as_view(), name="api-holds"),
    *api_path("holds/<uuid:hold_id>", views.HoldDetail.as_view(), name="api-hold"),
]
