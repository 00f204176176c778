"""The catalogue's rows: where films are shown, what is shown, when, and for how much."""

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
