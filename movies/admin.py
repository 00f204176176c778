"""Office pages for films, cinemas, showtimes and price cards."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import action

from core.ids import row_id
from core.templatetags.money import rupiah
from movies import holiday_admin  # noqa: F401  (registers its pages)
from movies.audit import admin as audit_admin  # noqa: F401  (registers its pages)
from movies.forms import MovieForm, PriceCardForm, RepriceForm, ShowtimeForm, StudioForm
from movies.importing.admin import FilmImport, ShowtimeImport
from movies.models import Cinema, Genre, Movie, PriceCard, Showtime, Studio
from movies.office import staff_admin, tax_admin  # noqa: F401  (register their pages)
from movies.office.admin import CinemaOfficeAdmin, OfficeAdmin, is_for_chain
from movies.office.filters import ShowtimeDayFilter
from movies.office.posters import save_resized_posters
from movies.office.price_confirmation import CONFIRMED
from movies.scheduling.ends import save_with_ends
from movies.scheduling.showtimes import reprice_showtime, schedule_showtimes
from movies.staff.permissions import Permission, has_permission


@admin.register(Cinema)
class CinemaAdmin(CinemaOfficeAdmin):
    """Managers may change address and phone; everything else is changed by the chain."""

    cinema_path = "pk"
    change_permission = Permission.PROGRAMME
    list_display = ["name", "city", "time_zone", "studio_count", "phone"]
    list_filter = ["city"]
    search_fields = ["name", "city"]
    prepopulated_fields = {"slug": ["name"], "city_slug": ["city"]}

    @admin.display(description=_("studios"))
    def studio_count(self, cinema: Cinema) -> int:
        return cinema.studios.count()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        if not is_for_chain(request, Permission.PROGRAMME):
            return [
                field.name
                for field in Cinema._meta.fields
                if field.name not in ("address", "phone")
            ]
        # Existing showtimes were scheduled in its time zone.
        return ["time_zone"] if obj is not None and obj.studios.exists() else []

    def get_prepopulated_fields(
        self, request: HttpRequest, obj: Any = None
    ) -> dict[str, list[str]]:
        return {} if obj is not None else dict(self.prepopulated_fields)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_for_chain(request, Permission.PROGRAMME)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_for_chain(request, Permission.PROGRAMME)


@admin.register(Studio)
class StudioAdmin(CinemaOfficeAdmin):
    change_permission = Permission.PROGRAMME
    form = StudioForm
    list_display = ["name", "cinema", "studio_class", "trailers_minutes", "cleaning_minutes"]
    list_filter = ["cinema", "studio_class"]
    list_select_related = ["cinema"]
    search_fields = ["name", "cinema__name"]
    actions_row = actions_detail = ["seat_layout"]

    @action(description=_("Seat layout"), url_path="seat-layout", permissions=["seat_layout"])
    def seat_layout(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Redirect to the layout editor of ``seating``."""
        studio_id = row_id(object_id)
        if studio_id is None:
            raise Http404
        return redirect("admin:seating_layout_editor", studio_id)

    def save_model(self, request: HttpRequest, obj: Studio, form: Any, change: bool) -> None:
        if change:
            _save_with_ends(request, obj, form)
        else:
            super().save_model(request, obj, form, change)

    def has_seat_layout_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return has_permission(request.user, Permission.PROGRAMME)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        if is_for_chain(request, Permission.PROGRAMME) or obj is None:
            return []
        return ["cinema", "studio_class"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_for_chain(request, Permission.PROGRAMME)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_for_chain(request, Permission.PROGRAMME)


@admin.register(Genre)
class GenreAdmin(OfficeAdmin):
    add_permission = change_permission = delete_permission = Permission.PROGRAMME
    list_display = ["slug", "name_id", "name_en"]
    search_fields = ["name_id", "name_en"]


@admin.register(Movie)
class MovieAdmin(FilmImport, OfficeAdmin):
    actions_list = ["import_films"]
    add_permission = change_permission = delete_permission = Permission.PROGRAMME
    form = MovieForm
    list_display = ["title_id", "title_en", "classification", "duration_minutes", "release_date"]
    list_filter = ["classification", "genres", "is_indonesian"]
    search_fields = ["title_id", "title_en", "director", "cast"]
    date_hierarchy = "release_date"
    prepopulated_fields = {"slug": ["title_id"]}
    filter_horizontal = ["genres"]

    def get_prepopulated_fields(
        self, request: HttpRequest, obj: Any = None
    ) -> dict[str, list[str]]:
        return {} if obj is not None else dict(self.prepopulated_fields)

    def save_model(self, request: HttpRequest, obj: Movie, form: Any, change: bool) -> None:
        if change:
            _save_with_ends(request, obj, form)
        else:
            super().save_model(request, obj, form, change)
        if "poster" in form.changed_data:
            save_resized_posters(obj, form.resized_posters)


def _save_with_ends(request: HttpRequest, obj: Movie | Studio, form: Any) -> None:
    """Save the changed fields, move the ends of future showtimes and report how many."""
    known = {field.name for field in obj._meta.concrete_fields}
    fields = [name for name in form.changed_data if name in known]
    changes = save_with_ends(obj, fields=fields, at=timezone.now(), by=request.user)
    if changes:
        text = ngettext(
            "The end of %(count)d future showtime was moved.",
            "The ends of %(count)d future showtimes were moved.",
            len(changes),
        )
        messages.info(request, text % {"count": len(changes)})


@admin.register(Showtime)
class ShowtimeAdmin(ShowtimeImport, CinemaOfficeAdmin):
    """Showtimes are created by ``scheduling.showtimes``, which also creates seats and prices."""

    cinema_path = "studio__cinema"
    list_before_template = change_form_before_template = None  # times are in the cinema's zone
    add_permission = Permission.PROGRAMME
    change_permission = Permission.PRICES  # only the price can be changed here
    recent_sign_in_views = frozenset({"change_view"})
    list_display = ["movie", "studio", "local_start", "screen_format", "price", "state"]
    list_filter = [ShowtimeDayFilter, "studio__cinema", "screen_format"]
    empty_text = _("No showtime is planned from today. Add one here or on the programme board.")
    list_select_related = ["movie", "studio__cinema"]
    search_fields = ["movie__title_id", "movie__title_en"]
    date_hierarchy = "business_date"
    autocomplete_fields = ["movie"]
    actions_list = ["import_showtimes"]
    actions_detail = ["cancel_showtime"]
    add_fields = [
        "studio",
        "movie",
        "day",
        "hour",
        "screen_format",
        "audio_language",
        "subtitle_language",
        "price_rupiah",
        CONFIRMED,
    ]
    facts = [
        "movie",
        "studio",
        "local_start",
        "business_date",
        "screen_format",
        "audio_language",
        "subtitle_language",
        "ends_at",
        "sale_opens_at",
        "sale_closes_at",
        "cancelled_at",
    ]

    @admin.display(description=_("starts (local time)"), ordering="starts_at")
    def local_start(self, showtime: Showtime) -> str:
        local = showtime.starts_at.astimezone(showtime.studio.cinema.zone)
        return date_format(local, "DATETIME_FORMAT")

    @admin.display(description=_("base price"), ordering="base_price_rupiah")
    def price(self, showtime: Showtime) -> str:
        return rupiah(showtime.base_price_rupiah)

    @admin.display(description=_("state"))
    def state(self, showtime: Showtime) -> str:
        if showtime.cancelled_at is not None:
            return str(_("cancelled"))
        return str(_("on sale") if showtime.is_on_sale(timezone.now()) else _("not on sale"))

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        kwargs["form"] = RepriceForm if obj is not None else ShowtimeForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*self.facts, "base_price_rupiah", CONFIRMED] if obj else self.add_fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return self.facts if obj is not None else []

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # showtimes are cancelled, never deleted: bookings refer to them

    @action(description=_("Cancel this showtime…"), url_path="cancel")
    def cancel_showtime(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Redirect to the cancellation page of ``bookings``, which shows what was sold."""
        way = reverse("admin:bookings_showtimecancellation_add")
        return redirect(f"{way}?{urlencode({'showtime': object_id})}")

    def save_model(self, request: HttpRequest, obj: Showtime, form: Any, change: bool) -> None:
        at = timezone.now()
        if change:
            reprice_showtime(obj, form.cleaned_data["base_price_rupiah"], at)
            return
        (scheduled,) = schedule_showtimes([form.draft()], at=at)
        obj.__dict__.update(scheduled.__dict__)


@admin.register(PriceCard)
class PriceCardAdmin(CinemaOfficeAdmin):
    """Managers may read the chain's cards (no cinema) but not change them."""

    form = PriceCardForm
    needs_recent_sign_in = True
    shows_chain_rows = True
    list_before_template = change_form_before_template = None  # times are in each cinema's zone
    add_permission = change_permission = delete_permission = Permission.PRICES
    actions_list = ["preview"]
    list_display = ["owner", "studio_class", "screen_format", "day_kind", "from_hour", "price"]
    list_filter = ["cinema", "studio_class", "screen_format", "day_kind"]
    list_select_related = ["cinema"]

    @action(description=_("What would a showtime cost?"), url_path="preview")
    def preview(self, request: HttpRequest) -> HttpResponseBase:
        """Redirect to the preview of ``bookings``, which knows surcharges and ticket types."""
        return redirect("admin:bookings_price_preview")

    @admin.display(description=_("cinema"), ordering="cinema")
    def owner(self, card: PriceCard) -> str:
        return str(card.cinema or _("Whole chain"))

    @admin.display(description=_("from"), ordering="from_minute")
    def from_hour(self, card: PriceCard) -> str:
        return f"{card.from_minute // 60:02d}:{card.from_minute % 60:02d}"

    @admin.display(description=_("price"), ordering="price_rupiah")
    def price(self, card: PriceCard) -> str:
        return rupiah(card.price_rupiah)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "cinema":
            field.required = not is_for_chain(request, Permission.PRICES)
        return field
