"""URLs of the catalogue API, under /api/v1/."""

from core.api.paths import api_path
from movies.api import programme, showtimes, views
from movies.api.suggestions import Suggestions

urlpatterns = [
    *api_path("cinemas", views.Cinemas.as_view(), name="api-cinemas"),
    *api_path("cinemas/<slug:slug>", views.CinemaDetail.as_view(), name="api-cinema"),
    *api_path("movies", views.Movies.as_view(), name="api-movies"),
    *api_path("movies/<slug:slug>", views.MovieDetail.as_view(), name="api-movie"),
    *api_path("programme", programme.Programme.as_view(), name="api-programme"),
    *api_path("suggestions", Suggestions.as_view(), name="api-suggestions"),
    *api_path("showtimes", showtimes.Showtimes.as_view(), name="api-showtimes"),
    *api_path(
        "showtimes/<int:showtime_id>", showtimes.ShowtimeDetail.as_view(), name="api-showtime"
    ),
]
