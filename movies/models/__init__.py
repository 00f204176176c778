"""Models of the catalogue: cinemas, films, showtimes, price cards, role assignments."""

from movies.models.cinema import Cinema, Studio, StudioClass
from movies.models.movie import Classification, Genre, Movie
from movies.models.price_card import DayKind, PriceCard
from movies.models.showtime import ScreenFormat, Showtime, ShowtimeQuerySet
from movies.models.staff import Role, StaffPost

__all__ = [
    "Cinema",
    "Classification",
    "DayKind",
    "Genre",
    "Movie",
    "PriceCard",
    "Role",
    "ScreenFormat",
    "Showtime",
    "ShowtimeQuerySet",
    "StaffPost",
    "Studio",
    "StudioClass",
]
