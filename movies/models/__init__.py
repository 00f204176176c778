"""Models of the catalogue: cinemas, films, showtimes, price cards, role assignments."""

from movies.models.cinema import Cinema, Studio, StudioClass
from movies.models.movie import Classification, Genre, Movie
from movies.models.price_card import DayKind, PriceCard
from movies.models.showtime import ScreenFormat, Showtime, ShowtimeQuerySet
from movies.models.staff import Role, StaffPost
from movies.models.tax_rule import FilmOrigin, TaxRule

__all__ = [
    "Cinema",
    "Classification",
    "DayKind",
    "FilmOrigin",
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
    "TaxRule",
]
