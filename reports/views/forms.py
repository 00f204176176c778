"""Report filters: days, cinemas, film and basis."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from movies.models import Cinema, Movie
from reports.figures.report import Report
from reports.figures.scope import Basis, ReportScope

DAYS_SHOWN_FIRST = 7
DAYS_MAX = 1_100  # three years
# The page explains them in full.
BASES = {Basis.SALE: _("by sale date"), Basis.SHOW: _("by show date")}


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

    def scope(self) -> ReportScope:
        """The scope of a valid form."""
        data = self.cleaned_data
        chosen = set(data["cinemas"]) or {cinema.pk for cinema in self.own}
        return ReportScope(
            cinemas=tuple(cinema for cinema in self.own if cinema.pk in chosen),
            first=data["first"],
            last=data["last"],
            basis=Basis(data["basis"] or self.report.bases[0]),
            at=self.at,
            movie=data["movie"],
        )
