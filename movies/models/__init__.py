"""Models of the catalogue: cinemas, films, showtimes, price cards, role assignments."""

from movies.models.cinema import Cinema, Studio, StudioClass
from movies.models.holiday import Holiday, HolidayKind
from movies.models.movie import Classification, Genre, Movie
from movies.models.price_card import DayKind, PriceCard
from movies.models.schedule_batch import BatchKind, ScheduleBatch
from movies.models.showtime import (
    ScreenFormat,
    Showtime,
    ShowtimeQuerySet,
    showtime_with_places,
)
from movies.models.staff import Role, StaffPost
from movies.models.tax_rule import FilmOrigin, TaxRule

__all__ = [
    "BatchKind",
    "Cinema",
    "Classification",
    "DayKind",
    "FilmOrigin",
    "Genre",
    "Holiday",
    "HolidayKind",
    "Movie",
    "PriceCard",
    "Role",
    "ScheduleBatch",
    "ScreenFormat",
    "Showtime",
    "ShowtimeQuerySet",
    "StaffPost",
    "Studio",
    "StudioClass",
    "TaxRule",
    "showtime_with_places",
]
