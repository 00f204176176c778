"""Board forms. They check shapes only; the database decides whether a studio is free."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from bookings.models.move import NOTE_LENGTH_MAX
from bookings.schedule_board.access import YEARS
from core.forms.fields import RupiahField
from movies.models import Cinema, Movie, ScreenFormat, Studio
from movies.office.price_confirmation import PriceConfirmation
from movies.scheduling.business_day import NoSuchHour, moment, on_business_day
from movies.scheduling.showtimes import ShowtimeDraft
from movies.scheduling.usual_prices import price_unlike_cards

PRICE_RUPIAH_MAX = 100_000_000
LANGUAGE_MAX = 40
AFTER_MIDNIGHT = _("Hours before 05:00 are late in the evening of this business day.")


def validate_year(value: date) -> None:
    """Validate the year of a date or datetime."""
    if value.year not in YEARS:
        raise forms.ValidationError(_("Choose a day in this century."))


def day_input() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def hour_input() -> forms.TimeInput:
    return forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


def datetime_input() -> forms.DateTimeInput:
    return forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


def studio_label(studio: Studio) -> str:
    return f"{studio.name} · {studio.get_studio_class_display()}"


class MovieChoice(forms.ModelChoiceField[Movie]):
    def label_from_instance(self, obj: Movie) -> str:
        return _("%(film)s · %(minutes)d min") % {
            "film": obj.title,
            "minutes": obj.duration_minutes,
        }


class StudioChoice(forms.ModelChoiceField[Studio]):
    def label_from_instance(self, obj: Studio) -> str:
        return studio_label(obj)


class ShowtimeFields(PriceConfirmation):
    """Fields of a new showtime apart from place and time."""

    wide = frozenset({"movie"})  # fields that take a whole row
    movie = MovieChoice(Movie.objects.all(), label=_("Film"))
    screen_format = forms.ChoiceField(label=_("Format"), choices=ScreenFormat.choices)
    audio_language = forms.CharField(
        label=_("Audio"),
        max_length=LANGUAGE_MAX,
        widget=forms.TextInput(attrs={"list": "languages"}),
    )
    subtitle_language = forms.CharField(
        label=_("Subtitles"),
        max_length=LANGUAGE_MAX,
        required=False,
        widget=forms.TextInput(attrs={"list": "languages"}),
    )
    price_rupiah = RupiahField(
        label=_("Base price (Rp)"),
        min_value=1,
        max_value=PRICE_RUPIAH_MAX,
        required=False,
        help_text=_("Empty: the price cards decide."),
    )

    def __init__(self, *args: Any, cinema: Cinema, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cinema = cinema

    def own_studios(self) -> QuerySet[Studio]:
        return self.cinema.studios.select_related("cinema").order_by("name")

    def show_studios(self, name: str) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = self.own_studios()


class AddForm(ShowtimeFields):
    studio = StudioChoice(Studio.objects.none(), label=_("Studio"), empty_label=None)
    hour = forms.TimeField(label=_("Start"), widget=hour_input(), help_text=AFTER_MIDNIGHT)
    sale_opens_at = forms.DateTimeField(
        label=_("Sale opens"),
        required=False,
        widget=datetime_input(),
        validators=[validate_year],
        help_text=_("Empty: at once."),
    )
    sale_closes_at = forms.DateTimeField(
        label=_("Sale closes"),
        required=False,
        widget=datetime_input(),
        validators=[validate_year],
        help_text=_("Empty: when it starts."),
    )
    field_order = ["movie", "studio", "hour", "screen_format", "audio_language"]

    def __init__(self, *args: Any, day: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.day = day
        self.show_studios("studio")

    def clean(self) -> dict[str, Any]:
        cleaned = add_start(self, super().clean() or {}, self.day, self.cinema)
        if not self.errors:
            self.confirm_price("price_rupiah", price_unlike_cards(self.draft()))
        return cleaned

    def draft(self) -> ShowtimeDraft:
        data = self.cleaned_data
        return ShowtimeDraft(
            studio=data["studio"],
            movie=data["movie"],
            starts_at=data["starts_at"],
            screen_format=data["screen_format"],
            audio_language=data["audio_language"],
            subtitle_language=data["subtitle_language"],
            base_price_rupiah=data["price_rupiah"],
            sale_opens_at=data["sale_opens_at"],
            sale_closes_at=data["sale_closes_at"],
        )


class MoveForm(forms.Form):
    wide = frozenset({"studio"})
    studio = StudioChoice(Studio.objects.none(), label=_("Studio"), empty_label=None)
    day = forms.DateField(label=_("Business day"), widget=day_input(), validators=[validate_year])
    hour = forms.TimeField(label=_("Start"), widget=hour_input(), help_text=AFTER_MIDNIGHT)

    def __init__(self, *args: Any, cinema: Cinema, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cinema = cinema
        studio = self.fields["studio"]
        assert isinstance(studio, forms.ModelChoiceField)
        studio.queryset = cinema.studios.order_by("name")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        return add_start(self, cleaned, cleaned.get("day"), self.cinema)


class NoteForm(forms.Form):
    """Reason for moving a showtime that has bookings."""

    wide = frozenset({"note"})
    note = forms.CharField(
        label=_("Note"),
        max_length=NOTE_LENGTH_MAX,
        help_text=_("For your colleagues: why it moves."),
    )


def add_start(
    form: forms.Form, cleaned: dict[str, Any], day: date | None, cinema: Cinema
) -> dict[str, Any]:
    """Add ``starts_at`` from the business day and local hour."""
    if day is None or "hour" not in cleaned:
        return cleaned
    local: datetime = on_business_day(day, cleaned["hour"])
    try:
        cleaned["starts_at"] = moment(local, cinema.zone)
    except NoSuchHour as refusal:
        form.add_error("hour", str(refusal))
    return cleaned
