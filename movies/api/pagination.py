"""Cursor pagination: ``limit`` entries after the one whose key is ``after``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from django.http import HttpRequest
from django.utils.translation import gettext as _

from movies.catalogue.filters import CatalogueFilters, Problem

LIMIT_DEFAULT = 50
LIMIT_MAX = 200

Item = TypeVar("Item")


@dataclass(frozen=True)
class Page:
    limit: int
    after: str

    @classmethod
    def of(cls, request: HttpRequest, filters: CatalogueFilters) -> Page:
        """Read ``limit`` and ``after``; problems are added to ``filters.problems``."""
        text = request.GET.get("limit", str(LIMIT_DEFAULT))
        limit = int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else 0
        if not 1 <= limit <= LIMIT_MAX:
            detail = _("The limit is a number from 1 to %(max)d.") % {"max": LIMIT_MAX}
            filters.problems.append(Problem("limit", "out_of_range", detail))
        return cls(limit, request.GET.get("after", "")[:LIMIT_MAX])

    def respond(
        self,
        request: HttpRequest,
        items: Iterable[Item],
        key: Callable[[Item], Any],
        represent: Callable[[Item], dict[str, Any]],
        prefetch: Callable[[list[Item]], None] | None = None,
    ) -> dict[str, Any]:
        """Build a page of ``items``, which are sorted by ``key``; reads one more than the limit.

        ``prefetch`` gets the chosen ones before they are represented.
        """
        chosen = list(islice(items, self.limit + 1))
        has_more = len(chosen) > self.limit
        chosen = chosen[: self.limit]
        if prefetch is not None:
            prefetch(chosen)
        following = None
        if has_more:
            query = request.GET.copy()
            query["after"] = str(key(chosen[-1]))
            following = f"{request.path}?{query.urlencode()}"
        return {"results": [represent(item) for item in chosen], "next": following}
