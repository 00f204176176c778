"""Price preview in the office: ticket prices of a showtime before it is scheduled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminSingleTimeWidget,
)

from bookings.models import TicketType
from bookings.orders.pricing import contained_tax_rupiah, ticket_price_rupiah
from movies.models import PriceCard, ScreenFormat, Studio
from movies.models.tax_rule import FilmOrigin, applied_tax
from movies.office.admin import require_permission
from movies.office.formatting import percent
from movies.scheduling.business_day import NoSuchHour, moment
from movies.scheduling.pricing import (
    PriceList,
    PriceMissing,
    minute_of_business_day,
)
from movies.staff.permissions import Permission, cinemas_with
from seating.layouts.publishing import current_layouts
from seating.models import CategorySurcharge, Seat, SeatCategory

MINUTES_PER_HOUR = 60


@dataclass(frozen=True)
class PreviewRow:
    """One seat category; ``tickets_rupiah`` in the order of the ticket types, fee included."""

    category: str
    surcharge_rupiah: int
    seat_price_rupiah: int
    tickets_rupiah: tuple[int, ...]


@dataclass(frozen=True)
class PreviewTax:
    """Tax contained in the base price, for films of one origin, with the rule that applies."""

    origin: str
    rate: str
    rule: str
    is_assumed: bool
    tax_rupiah: int


@dataclass(frozen=True)
class Preview:
    card: PriceCard
    business_date: date
    day: str
    holiday: str
    is_after_midnight: bool
    ticket_types: tuple[str, ...]
    rows: tuple[PreviewRow, ...]
    fee_rupiah: int
    taxes: tuple[PreviewTax, ...]

    @property
    def from_hour(self) -> str:
        hour, minute = divmod(self.card.from_minute, MINUTES_PER_HOUR)
        return f"{hour:02d}:{minute:02d}"


def preview(studio: Studio, screen_format: str, starts_at: datetime) -> Preview:
    """Compute prices with the functions that a sale uses. Raises PriceMissing."""
    cinema = studio.cinema
    prices = PriceList.of([cinema])
    card = prices.card(studio, screen_format, starts_at)
    business_date = cinema.business_date(starts_at)
    types = list(TicketType.objects.filter(is_offered=True))
    fee_rupiah = settings.SERVICE_FEE_RUPIAH
    rows = tuple(
        PreviewRow(
            category=str(category.label),
            surcharge_rupiah=surcharge_rupiah,
            seat_price_rupiah=card.price_rupiah + surcharge_rupiah,
            tickets_rupiah=tuple(
                ticket_price_rupiah(card.price_rupiah + surcharge_rupiah, kind.price_percent)
                + fee_rupiah
                for kind in types
            ),
        )
        for category, surcharge_rupiah in _surcharges(studio)
    )
    return Preview(
        card=card,
        business_date=business_date,
        day=str(prices.holidays.day_kind(business_date).label),
        holiday=prices.holidays.name(business_date),
        is_after_midnight=minute_of_business_day(cinema, starts_at) >= 24 * MINUTES_PER_HOUR,
        ticket_types=tuple(kind.name for kind in types),
        rows=rows,
        fee_rupiah=fee_rupiah,
        taxes=tuple(
            _tax(origin, cinema.city_slug, business_date, card.price_rupiah)
            for origin in FilmOrigin
        ),
    )


def _tax(origin: FilmOrigin, city_slug: str, day: date, price_rupiah: int) -> PreviewTax:
    applied = applied_tax(city_slug, origin, day)
    return PreviewTax(
        origin=str(origin.label),
        rate=percent(applied.basis_points),
        rule=applied.legal_reference,
        is_assumed=applied.rule_id is None,
        tax_rupiah=contained_tax_rupiah(price_rupiah, applied.basis_points),
    )


def _surcharges(studio: Studio) -> list[tuple[SeatCategory, int]]:
    """Surcharges of the categories in the studio's layout; of all of them if it has none."""
    layout = current_layouts({studio.pk}).get(studio.pk)
    seats = Seat.objects.filter(layout=layout) if layout else Seat.objects.none()
    there = set(seats.values_list("category", flat=True).order_by().distinct())
    surcharges = dict(CategorySurcharge.objects.values_list("category", "surcharge_rupiah"))
    return [
        (category, surcharges.get(category.value, 0))
        for category in SeatCategory
        if not there or category.value in there
    ]


class PreviewForm(forms.Form):
    studio = forms.ModelChoiceField(
        Studio.objects.none(), label=_("Studio"), widget=UnfoldAdminSelectWidget
    )
    screen_format = forms.ChoiceField(
        label=_("Format"), choices=ScreenFormat.choices, widget=UnfoldAdminSelectWidget
    )
    day = forms.DateField(
        label=_("Day"),
        widget=UnfoldAdminSingleDateWidget,
        help_text=_("The calendar day at the cinema; 00:30 is on the next one."),
    )
    hour = forms.TimeField(label=_("Hour"), widget=UnfoldAdminSingleTimeWidget)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        studio = self.fields["studio"]
        assert isinstance(studio, forms.ModelChoiceField)
        own = Studio.objects.filter(cinema__in=cinemas_with(user, Permission.SEE_SALES))
        studio.queryset = own.select_related("cinema")

    def preview(self) -> Preview:
        data = self.cleaned_data
        studio: Studio = data["studio"]
        starts_at = moment(datetime.combine(data["day"], data["hour"]), studio.cinema.zone)
        return preview(studio, data["screen_format"], starts_at)


def page(request: HttpRequest) -> HttpResponse:
    """Form and resulting price table. Read-only, hence GET."""
    require_permission(request, Permission.SEE_SALES)
    form = PreviewForm(request.GET or None, user=request.user)
    shown = None
    if form.is_valid():
        try:
            shown = form.preview()
        except NoSuchHour as error:
            form.add_error("hour", str(error))
        except PriceMissing as missing:
            form.add_error(None, str(missing))
    context = {
        **admin.site.each_context(request),
        "title": _("What would a showtime cost?"),
        "form": form,
        "preview": shown,
    }
    return TemplateResponse(request, "admin/bookings/price_preview.html", context)
