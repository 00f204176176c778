"""Serialization of report scopes in export jobs, with a permission check when reading."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from movies.models import Movie
from movies.staff.permissions import Permission, cinemas_with, has_permission
from reports.errors import PermissionLost
from reports.figures.scope import Basis, ReportScope


def serialize_scope(scope: ReportScope) -> dict[str, Any]:
    return {
        "first": scope.first.isoformat(),
        "last": scope.last.isoformat(),
        "basis": scope.basis.value,
        "cinemas": [cinema.pk for cinema in scope.cinemas],
        "movie": scope.movie.pk if scope.movie else None,
    }


def deserialize_scope(order: dict[str, Any], user: Any, at: datetime) -> ReportScope:
    """Raises PermissionLost if ``user`` may no longer see one of the cinemas."""
    cinemas = tuple(cinemas_with(user, Permission.SEE_SALES).filter(pk__in=order["cinemas"]))
    if not cinemas or len(cinemas) != len(set(order["cinemas"])):
        raise PermissionLost()
    return ReportScope(
        cinemas=cinemas,
        first=date.fromisoformat(order["first"]),
        last=date.fromisoformat(order["last"]),
        basis=Basis(order["basis"]),
        at=at,
        movie=Movie.objects.get(pk=order["movie"]) if order["movie"] else None,
        sees_voucher_codes=has_permission(user, Permission.PRICES),
    )


def is_still_allowed(order: dict[str, Any], user: Any) -> bool:
    """Whether ``user`` may still see every cinema of the scope."""
    own = cinemas_with(user, Permission.SEE_SALES).filter(pk__in=order["cinemas"])
    return bool(order["cinemas"]) and own.count() == len(set(order["cinemas"]))
