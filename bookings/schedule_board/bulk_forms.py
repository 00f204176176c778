"""Forms for copying and bulk scheduling; each returns the requested showtimes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from bookings.schedule_board.forms import ShowtimeFields, day_input, studio_label, validate_year
from movies.models import BatchKind, Cinema, PriceCard, Studio
from movies.office.price_confirmation import CONFIRMED
from movies.scheduling.bulk import BulkSchedule, requests_for_bulk
from movies.scheduling.copying import COPY_DAYS_MAX, day_to_days, requests_for_copies, week_to_week
from movies.scheduling.plans import ShowtimeRequest
from movies.scheduling.usual_prices import price_of_similar_cards, unusual_price

HOURS_PER_DAY_MAX = 20
HOURS_TEXT_MAX = 200
DAY, WEEK = "day", "week"
EVERY_DAY = [str(number) for number in WEEKDAYS]


class StudioChoices(forms.ModelMultipleChoiceField[Studio]):
    def label_from_instance(self, obj: Studio) -> str:
        return studio_label(obj)


class Weekdays(forms.TypedMultipleChoiceField):
    """Monday is 0."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=_("On"),
            choices=list(WEEKDAYS.items()),
            coerce=int,
            initial=EVERY_DAY,
            widget=forms.CheckboxSelectMultiple,
            **kwargs,
        )


class DayRange(forms.Form):
    first_day = forms.DateField(
        label=_("First day"), widget=day_input(), validators=[validate_year]
    )
    last_day = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=day_input(),
        validators=[validate_year],
        help_text=_("Empty: that day alone."),
    )
    weekdays = Weekdays()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        # Copying a week ignores the last day.
        if first and last and last < first and cleaned.get("what") != WEEK:
            self.add_error("last_day", _("The last day is before the first."))
        cleaned["last_day"] = last or first
        return cleaned


class CopyForm(DayRange):
    wide = frozenset({"target"})
    batch_kind = BatchKind.COPY
    WHAT: ClassVar = [(DAY, _("This day")), (WEEK, _("This week, Monday to Sunday"))]

    what = forms.ChoiceField(label=_("Copy"), choices=WHAT, initial=DAY, widget=forms.RadioSelect)
    target = forms.ModelChoiceField(Cinema.objects.none(), label=_("To"), empty_label=None)
    field_order = ["what", "target", "first_day", "last_day", "weekdays"]

    def __init__(self, *args: Any, cinema: Cinema, day: date, targets: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cinema, self.day = cinema, day
        target = self.fields["target"]
        assert isinstance(target, forms.ModelChoiceField)
        target.queryset = targets
        self.fields["first_day"].help_text = _("For a week: any day of the week it is copied to.")

    def requests(self) -> list[ShowtimeRequest]:
        """Raises InvalidInput, PlanTooLarge."""
        data = self.cleaned_data
        if data["what"] == WEEK:
            days = week_to_week(self.day, data["first_day"])
        else:
            days = day_to_days(self.day, list(self._days()))
        return requests_for_copies(source=self.cinema, target=data["target"], days=days)

    def _days(self) -> Iterable[date]:
        """Target days, at most one more than the limit."""
        data = self.cleaned_data
        first: date = data["first_day"]
        length = min((data["last_day"] - first).days + 1, COPY_DAYS_MAX + 1)
        days = (first + timedelta(days=number) for number in range(length))
        return (day for day in days if day.weekday() in data["weekdays"])


class FillForm(ShowtimeFields, DayRange):
    wide = frozenset({"movie", "hours"})
    batch_kind = BatchKind.BULK
    studios = StudioChoices(
        Studio.objects.none(), label=_("Studios"), widget=forms.CheckboxSelectMultiple
    )
    hours = forms.CharField(
        label=_("Starts"),
        max_length=HOURS_TEXT_MAX,
        help_text=_("Hours with commas between them: 10:00, 13:15, 19:00."),
    )
    field_order = [
        "movie",
        "studios",
        "hours",
        "first_day",
        "last_day",
        "weekdays",
        "screen_format",
        "price_rupiah",
        CONFIRMED,
        "audio_language",
        "subtitle_language",
    ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.show_studios("studios")

    def clean(self) -> dict[str, Any]:
        """Compare the price with the cards of the first studio's class."""
        cleaned = super().clean()
        if not self.errors:
            studio: Studio = cleaned["studios"][0]
            card = PriceCard(
                cinema=self.cinema,
                studio_class=studio.studio_class,
                screen_format=cleaned["screen_format"],
            )
            doubt = unusual_price(cleaned["price_rupiah"], price_of_similar_cards(card))
            self.confirm_price("price_rupiah", doubt)
        return cleaned

    def clean_hours(self) -> tuple[time, ...]:
        words = re.split(r"[\s,;]+", self.cleaned_data["hours"].strip(" ,;\t\r\n"))
        try:
            hours = {datetime.strptime(word.replace(".", ":"), "%H:%M").time() for word in words}  # noqa: DTZ007
        except ValueError:
            raise forms.ValidationError(_("Write hours as 19:00, with commas between.")) from None
        if len(hours) > HOURS_PER_DAY_MAX:
            raise forms.ValidationError(_("Too many hours for one day."))
        return tuple(sorted(hours))

    def requests(self) -> list[ShowtimeRequest]:
        """Raises InvalidInput, PlanTooLarge."""
        data = self.cleaned_data
        bulk = BulkSchedule(
            movie=data["movie"],
            studios=tuple(data["studios"]),
            hours=data["hours"],
            first_day=data["first_day"],
            last_day=data["last_day"],
            weekdays=frozenset(data["weekdays"]),
            screen_format=data["screen_format"],
            audio_language=data["audio_language"],
            subtitle_language=data["subtitle_language"],
            base_price_rupiah=data["price_rupiah"],
        )
        return requests_for_bulk(bulk)
