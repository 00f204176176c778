"""Forms of the office's admin pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.core.validators import FileExtensionValidator
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminSingleDateWidget,
    UnfoldAdminSingleTimeWidget,
    UnfoldAdminTextInputWidget,
    UnfoldAdminURLInputWidget,
)

from core.errors import LayarError
from core.forms.fields import MinuteOfDayField, RupiahField
from movies.models import Movie, PriceCard, Showtime, Studio
from movies.office.posters import ResizedPoster, UnreadablePoster, resize_poster
from movies.office.price_confirmation import PriceConfirmation
from movies.scheduling.business_day import NoSuchHour, moment
from movies.scheduling.ends import (
    MOVIE_FIELDS,
    STUDIO_FIELDS,
    EndsOverlap,
    StudioHasShowtimes,
    conflicts,
    plan_ends,
    with_values,
)
from movies.scheduling.showtimes import ShowtimeDraft, schedule_showtimes
from movies.scheduling.usual_prices import price_of_similar_cards, price_unlike_cards, unusual_price

POSTER_BYTES_MAX = 5 * 1024 * 1024
CARD_KIND = ("studio_class", "screen_format")
POSTER_EXTENSIONS = FileExtensionValidator(["jpg", "jpeg", "png", "webp"])


class MovieForm(forms.ModelForm[Movie]):
    # of a newly uploaded poster
    resized_posters: Sequence[ResizedPoster] = ()

    trailer_url = forms.URLField(
        label=_("Trailer"),
        required=False,
        assume_scheme="https",
        widget=UnfoldAdminURLInputWidget,
    )

    class Meta:
        model = Movie
        fields = "__all__"  # noqa: DJ007  (the office edits every fact of a film)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        add_end_conflicts(self, MOVIE_FIELDS, "movie")
        return cleaned

    def clean_poster(self) -> Any:
        poster = self.cleaned_data.get("poster")
        if "poster" not in self.changed_data or not poster:
            return poster
        POSTER_EXTENSIONS(poster)
        if poster.size > POSTER_BYTES_MAX:
            raise forms.ValidationError(_("A poster has at most 5 MB."), code="too_large")
        try:
            self.resized_posters = resize_poster(poster)
        except UnreadablePoster:
            message = _("This is no JPEG, PNG or WebP picture that we can read.")
            raise forms.ValidationError(message, code="invalid_image") from None
        poster.seek(0)
        return poster


class StudioForm(forms.ModelForm[Studio]):
    class Meta:
        model = Studio
        fields = ["cinema", "name", "studio_class", "trailers_minutes", "cleaning_minutes"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "cinema" in self.changed_data and self.instance.pk and self.instance.showtimes.exists():
            refusal = StudioHasShowtimes
            self.add_error("cinema", forms.ValidationError(refusal.message, code=refusal.code))
        add_end_conflicts(self, STUDIO_FIELDS, "studio")
        return cleaned


def add_end_conflicts(form: forms.ModelForm[Any], fields: Sequence[str], kind: str) -> None:
    """Add an error that lists the showtimes which the new values would make overlap."""
    changed = [name for name in fields if name in form.changed_data and name in form.cleaned_data]
    if not changed or not form.instance.pk:
        return
    values = {name: form.cleaned_data[name] for name in changed}
    try:
        changes = plan_ends(timezone.now(), **{kind: with_values(form.instance, values)})
    except LayarError as error:
        form.add_error(changed[0], forms.ValidationError(str(error), code=error.code))
        return
    if found := conflicts(changes):
        for message in EndsOverlap(found).conflicts:
            form.add_error(changed[0], forms.ValidationError(message, code=EndsOverlap.code))


class ShowtimeForm(PriceConfirmation, forms.ModelForm[Showtime]):
    """A new showtime, entered as calendar day and time at the cinema."""

    day = forms.DateField(
        label=_("Day"),
        widget=UnfoldAdminSingleDateWidget,
        help_text=_("The calendar day at the cinema; 00:30 is on the next one."),
    )
    hour = forms.TimeField(
        label=_("Hour"), widget=UnfoldAdminSingleTimeWidget, help_text=_("The cinema’s own time.")
    )
    price_rupiah = RupiahField(
        label=_("Base price (Rp)"),
        min_value=1,
        max_value=100_000_000,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Empty: the price cards decide."),
    )

    class Meta:
        model = Showtime
        fields = ["studio", "movie", "screen_format", "audio_language", "subtitle_language"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        try:
            self._dry_run()
        except NoSuchHour as error:
            self.add_error("hour", forms.ValidationError(str(error), code=error.code))
        except LayarError as error:
            raise forms.ValidationError(str(error), code=error.code) from None
        else:
            self.confirm_price("price_rupiah", price_unlike_cards(self.draft()))
        return cleaned

    def draft(self) -> ShowtimeDraft:
        data = self.cleaned_data
        local = datetime.combine(data["day"], data["hour"])
        return ShowtimeDraft(
            studio=data["studio"],
            movie=data["movie"],
            starts_at=moment(local, data["studio"].cinema.zone),
            screen_format=data["screen_format"],
            audio_language=data["audio_language"],
            subtitle_language=data["subtitle_language"],
            base_price_rupiah=data["price_rupiah"],
        )

    def _dry_run(self) -> None:
        """Schedule it in a transaction that is rolled back, so that the form shows any refusal."""
        with transaction.atomic():
            schedule_showtimes([self.draft()], at=timezone.now())
            transaction.set_rollback(True)


class RepriceForm(PriceConfirmation, forms.ModelForm[Showtime]):
    """The price is the only field of a scheduled showtime that can be changed here."""

    class Meta:
        model = Showtime
        fields = ["base_price_rupiah"]

    def clean_base_price_rupiah(self) -> int:
        price_rupiah: int = self.cleaned_data["base_price_rupiah"]
        if price_rupiah < 1:
            raise forms.ValidationError(_("A price is a positive number of rupiah."))
        return price_rupiah

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        at = timezone.now()
        if self.instance.cancelled_at or self.instance.sale_closes_at <= at:
            message = _("Tickets for this showtime are not on sale any more.")
            raise forms.ValidationError(message, code="showtime_closed")
        if not self.errors:
            before = self.initial["base_price_rupiah"]
            doubt = unusual_price(cleaned["base_price_rupiah"], before)
            self.confirm_price("base_price_rupiah", doubt)
        return cleaned


class PriceCardForm(PriceConfirmation, forms.ModelForm[PriceCard]):
    from_minute = MinuteOfDayField(
        label=_("from"),
        help_text=_("Local time of the cinema, for example 18:00."),
        widget=UnfoldAdminSingleTimeWidget,
        initial=0,
    )

    class Meta:
        model = PriceCard
        fields = "__all__"  # noqa: DJ007  (the office edits every fact of a card)

    def clean(self) -> dict[str, Any]:
        """Compare with the price before, or for a new card with those of similar ones."""
        cleaned = super().clean() or {}
        before = self.initial.get("price_rupiah") if self.instance.pk else None
        if not self.errors:
            card = PriceCard(**{name: cleaned[name] for name in ("cinema", *CARD_KIND)})
            usual = before or price_of_similar_cards(card)
            self.confirm_price("price_rupiah", unusual_price(cleaned["price_rupiah"], usual))
        return cleaned
