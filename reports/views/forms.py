"""Report filters: days, cinemas, film and basis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from movies.models import Cinema, Movie
from movies.staff.permissions import Permission, has_permission
from reports.figures.report import Report
from reports.figures.scope import Basis, ReportScope

DAYS_SHOWN_FIRST = 7
DAYS_MAX = 1_100  # three years
# The page explains them in full.
BASES = {Basis.SALE: _("by sale date"), Basis.SHOW: _("by show date")}


@dataclass(frozen=True)
class QuickRange:
    """A range of days that one link chooses."""

    label: StrPromise
    first: date
    last: date


def quick_ranges(today: date) -> list[QuickRange]:
    """The most frequent ranges, relative to the current business date ``today``."""
    yesterday, month = today - timedelta(days=1), today.replace(day=1)
    last_of_month_before = month - timedelta(days=1)
    return [
        QuickRange(_("Today"), today, today),
        QuickRange(_("Yesterday"), yesterday, yesterday),
        QuickRange(_("Last 7 days"), today - timedelta(days=DAYS_SHOWN_FIRST - 1), today),
        QuickRange(_("This month"), month, today),
        QuickRange(_("Last month"), last_of_month_before.replace(day=1), last_of_month_before),
    ]


def _link(asked: Any, one: QuickRange) -> dict[str, Any]:
    """The page's address with these days and its other filters."""
    days = {"first": one.first.isoformat(), "last": one.last.isoformat()}
    query = asked.copy()
    for name, day in days.items():
        query[name] = day
    is_current = all(asked.get(name) == day for name, day in days.items())
    return {"label": one.label, "query": query.urlencode(), "is_current": is_current}


class FiltersForm(forms.Form):
    """Defaults to the last days of all ``cinemas``, which are those the user may see."""

    first = forms.DateField(label=_("From"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    last = forms.DateField(label=_("Until"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    basis = forms.ChoiceField(label=_("Counted"), required=False)
    cinemas = forms.TypedMultipleChoiceField(
        label=_("Cinemas"),
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _("You cannot see this cinema’s sales.")},
    )
    movie = forms.ModelChoiceField(
        Movie.objects.order_by("title_en"),
        label=_("Film"),
        required=False,
        empty_label=_("All films"),
    )

    def __init__(
        self, data: Any, *, report: Report, cinemas: Sequence[Cinema], at: datetime
    ) -> None:
        # Links may name only a cinema: without days, the default ones apply.
        last = max((cinema.business_date(at) for cinema in cinemas), default=at.date())
        days = {"first": last - timedelta(days=DAYS_SHOWN_FIRST - 1), "last": last}
        asked = data.copy()
        if not asked.get("first") and not asked.get("last"):
            asked.update({name: day.isoformat() for name, day in days.items()})
        super().__init__(asked)
        self.report, self.own, self.at = report, cinemas, at
        self.quick_links = [_link(asked, one) for one in quick_ranges(last)]
        basis, chosen = self.fields["basis"], self.fields["cinemas"]
        assert isinstance(basis, forms.ChoiceField)
        assert isinstance(chosen, forms.ChoiceField)
        basis.choices = [(one.value, BASES[one]) for one in report.bases]
        chosen.choices = [(cinema.pk, cinema.name) for cinema in cinemas]

    def clean(self) -> dict[str, Any]:
        data = cast("dict[str, Any]", super().clean())
        first, last = data.get("first"), data.get("last")
        if first and last and last < first:
            raise forms.ValidationError(_("The last day is before the first one."))
        if first and last and (last - first).days >= DAYS_MAX:
            message = _("At most %(days)d days at once.")
            raise forms.ValidationError(message, params={"days": DAYS_MAX})
        return data

    def scope(self, user: Any) -> ReportScope:
        """The scope of a valid form, as ``user`` may read it."""
        data = self.cleaned_data
        chosen = set(data["cinemas"]) or {cinema.pk for cinema in self.own}
        return ReportScope(
            cinemas=tuple(cinema for cinema in self.own if cinema.pk in chosen),
            first=data["first"],
            last=data["last"],
            basis=Basis(data["basis"] or self.report.bases[0]),
            at=self.at,
            movie=data["movie"],
            sees_voucher_codes=has_permission(user, Permission.PRICES),
        )
