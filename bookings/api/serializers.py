"""Requests for bookings, payments and cancellations; quotes and offers."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from phonenumber_field.serializerfields import PhoneNumberField
from rest_framework import serializers

from core.api.strict import StrictSerializer
from core.ids import ROW_ID_MAX
from movies.models import Classification

TICKETS_MAX = settings.HOLD_SEATS_MAX
RUPIAH_MAX = 2**31 - 1  # maximum of an integer column
RETURN_URL_LENGTH_MAX = 500
ALL_TICKETS = "all"


class TicketTypeSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()
    rule = serializers.CharField()
    price_percent = serializers.IntegerField()
    classifications = serializers.ListField(
        child=serializers.ChoiceField(choices=Classification.choices),
        help_text="Sold for films of these age classes.",
    )


class TicketChoiceSerializer(StrictSerializer):
    seat = serializers.IntegerField(min_value=1, max_value=ROW_ID_MAX)
    ticket_type = serializers.CharField(max_length=20)


class ContactSerializer(StrictSerializer):
    name = serializers.CharField(max_length=120)
    email = serializers.EmailField(max_length=254)
    phone = PhoneNumberField(required=False, allow_blank=True, region="ID")


class TicketChoicesSerializer(StrictSerializer):
    tickets = serializers.ListField(
        child=TicketChoiceSerializer(), allow_empty=False, max_length=TICKETS_MAX
    )
    voucher = serializers.CharField(required=False, allow_blank=True, max_length=24)

    def validate_tickets(self, chosen: list[dict[str, Any]]) -> list[dict[str, Any]]:
        seats = [choice["seat"] for choice in chosen]
        if len(set(seats)) != len(seats):
            raise serializers.ValidationError(_("The same seat twice."), code="seat_repeated")
        return chosen


def ticket_types_of(asked: dict[str, Any]) -> dict[int, str]:
    """Seat id → ticket type code, from validated data of a TicketChoicesSerializer."""
    return {choice["seat"]: choice["ticket_type"] for choice in asked["tickets"]}


class BookingRequestSerializer(TicketChoicesSerializer):
    hold = serializers.UUIDField()
    expected_total_rupiah = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=RUPIAH_MAX,
        help_text="The total shown to the customer; if it differs, no booking is made.",
    )
    age_confirmed = serializers.BooleanField(
        required=False,
        help_text="Required for films of 17+ and 21+: every guest is old enough and brings proof.",
    )
    contact = ContactSerializer()


class QuoteSerializer(serializers.Serializer[Any]):
    seats_rupiah = serializers.IntegerField()
    fee_rupiah = serializers.IntegerField()
    discount_rupiah = serializers.IntegerField()
    total_rupiah = serializers.IntegerField()
    tax_rupiah = serializers.IntegerField(help_text="Contained in the total.")


class PaymentRequestSerializer(StrictSerializer):
    provider = serializers.CharField(max_length=20)
    method = serializers.CharField(
        required=False,
        max_length=20,
        help_text="One method without the provider's page; midtrans: `qris`, `gopay`, `shopeepay`."
        " `in_app` of the payment then has what the app shows or opens.",
    )
    return_url = serializers.CharField(
        required=False,
        max_length=RETURN_URL_LENGTH_MAX,
        help_text="App link to which the provider sends the customer, with `?booking=<code>`; one"
        " of those that this installation allows. Without it: the booking on the website.",
    )

    def validate_return_url(self, url: str) -> str:
        if url not in settings.APP_RETURN_URLS:
            message = _("A payment cannot return to this address.")
            raise serializers.ValidationError(message, code="return_url_not_allowed")
        return url


class AbandonRequestSerializer(StrictSerializer):
    keep_seats = serializers.BooleanField(
        help_text="true: the hold stays, so that its seats can be changed and booked again."
    )


@extend_schema_field(
    {
        "oneOf": [
            {"type": "string", "enum": [ALL_TICKETS]},
            {
                "type": "array",
                "items": {"type": "integer", "minimum": 1, "maximum": ROW_ID_MAX},
                "minItems": 1,
                "maxItems": TICKETS_MAX,
            },
        ]
    }
)
class TicketSelectionField(serializers.ListField):
    """Seat ids, or explicitly ``"all"``: an empty or missing body never means all tickets."""

    child = serializers.IntegerField(min_value=1, max_value=ROW_ID_MAX)

    def to_internal_value(self, data: Any) -> Any:
        return data if data == ALL_TICKETS else super().to_internal_value(data)


class CancellationRequestSerializer(StrictSerializer):
    tickets = TicketSelectionField(
        allow_empty=False,
        max_length=TICKETS_MAX,
        help_text='Seats whose tickets are cancelled, or `"all"`: every ticket of the offer.',
    )
    expected_refund_rupiah = serializers.IntegerField(
        min_value=0,
        max_value=RUPIAH_MAX,
        help_text="The refund shown to the customer: the sum of the offer for these tickets, "
        "at most its `refund_rupiah`.",
    )


class CancellationRuleSerializer(serializers.Serializer[Any]):
    hours_before = serializers.IntegerField(help_text="Holds until so long before the show.")
    refund_percent = serializers.IntegerField()
    is_fee_refunded = serializers.BooleanField()


class CancellationOfferSerializer(serializers.Serializer[Any]):
    refund_rupiah = serializers.IntegerField(source="offer.refund_rupiah")
    tickets = serializers.SerializerMethodField()
    rules = CancellationRuleSerializer(many=True)

    def get_tickets(self, terms: dict[str, Any]) -> list[dict[str, int]]:
        """[{"seat": …, "refund_rupiah": …}]"""
        return [
            {"seat": ticket.showtime_seat.seat_id, "refund_rupiah": refund_rupiah}
            for ticket, refund_rupiah in terms["offer"].tickets
        ]
