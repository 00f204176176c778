"""Cursor pagination: ``limit`` entries after the place that the cursor ``after`` names."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from django.http import HttpRequest
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from core.api import cursors
from core.api.cursors import Key, Kinds
from core.errors import FieldProblem, InvalidInput

LIMIT_DEFAULT = 50
LIMIT_MAX = 200
LIMIT_DIGITS_MAX = 4
PAGE_PARAMETERS = [
    OpenApiParameter(
        "limit", OpenApiTypes.INT, description=f"1 to {LIMIT_MAX}", default=LIMIT_DEFAULT
    ),
    OpenApiParameter("after", OpenApiTypes.STR, description="Take it from `next`."),
]

Item = TypeVar("Item")


@dataclass(frozen=True)
class Page:
    limit: int
    after: Key | None

    @classmethod
    def of(
        cls,
        request: HttpRequest | Request,
        kinds: Kinds,
        problems: list[FieldProblem] | None = None,
    ) -> Page:
        """Read ``limit`` and ``after``, whose keys consist of ``kinds``.

        What is wrong is added to ``problems``; raises InvalidInput without such a list.
        """
        found = [] if problems is None else problems
        page = cls(_limit(request, found), _after(request, kinds, found))
        if problems is None and found:
            raise InvalidInput.of(found)
        return page

    def respond(
        self,
        request: HttpRequest | Request,
        items: Iterable[Item],
        key: Callable[[Item], Key],
        represent: Callable[[Item], Any],
        prefetch: Callable[[list[Item]], None] | None = None,
    ) -> dict[str, Any]:
        """Build a page of ``items``, which are sorted by ``key`` and come after ``after``.

        Reads one more than the limit. ``prefetch`` gets the chosen ones before they are
        represented.
        """
        chosen = list(islice(items, self.limit + 1))
        has_more = len(chosen) > self.limit
        chosen = chosen[: self.limit]
        if prefetch is not None:
            prefetch(chosen)
        following = None
        if has_more:
            query = request.GET.copy()
            query["after"] = cursors.encode(key(chosen[-1]))
            following = f"{request.path}?{query.urlencode()}"
        return {"results": [represent(item) for item in chosen], "next": following}

    def left(self, items: Iterable[Item], key: Callable[[Item], Key]) -> list[Item]:
        """``items`` by ``key``, those after the cursor."""
        after = self.after
        return sorted((item for item in items if after is None or key(item) > after), key=key)


def _limit(request: HttpRequest | Request, problems: list[FieldProblem]) -> int:
    text = request.GET.get("limit", str(LIMIT_DEFAULT))
    is_number = text.isascii() and text.isdigit() and len(text) <= LIMIT_DIGITS_MAX
    limit = int(text) if is_number else 0
    if not 1 <= limit <= LIMIT_MAX:
        detail = _("The limit is a number from 1 to %(max)d.") % {"max": LIMIT_MAX}
        problems.append(FieldProblem("limit", "out_of_range", detail))
    return limit


def _after(
    request: HttpRequest | Request, kinds: Kinds, problems: list[FieldProblem]
) -> Key | None:
    text = request.GET.get("after", "")
    try:
        return cursors.decode(text, kinds) if text else None
    except cursors.NotACursor:
        detail = _("This is not the start of a page. Take it from the page before.")
        problems.append(FieldProblem("after", "cursor_invalid", detail))
        return None
