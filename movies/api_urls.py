"""The API's addresses of this app, under /api/v1/."""

from movies import api
from movies.api_paths import api_path

urlpatterns = [
    *api_path("cinemas", api.Cinemas.as_view(), name="api-cinemas"),
    *api_path("cinemas/<slug:slug>", api.Cinema.as_view(), name="api-cinema"),
    *api_path("movies", api.Movies.as_view(), name="api-movies"),
    *api_path("movies/<slug:slug>", api.Movie.as_view(), name="api-movie"),
    *api_path("showtimes", api.Showtimes.as_view(), name="api-showtimes"),
    *api_path("showtimes/<int:showtime_id>", api.Showtime.as_view(), name="api-showtime"),
]
