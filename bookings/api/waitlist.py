"""Waitlists as API resources: join, see, leave, accept an offer."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema
from phonenumber_field.serializerfields import PhoneNumberField
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.idempotency import idempotent
from bookings.api.access import (
    BOOKINGS_BY_CALLER,
    IDEMPOTENCY_PARAMETER,
    LOOKUPS_BY_CALLER,
    PRIVATE,
    REFUSALS,
    CallerLimitedView,
    customer,
)
from bookings.errors.waitlist import WaitlistEntryNotFound
from bookings.models import EntryEnd, WaitlistEntry, WaitlistOffer
from bookings.models.waitlist import WAITLIST_CATEGORIES
from bookings.waitlist import joining, limits, offers
from bookings.waitlist.matching import SeatRequest
from bookings.waitlist.queue import place_in_line
from core.api.strict import StrictSerializer
from seating.api.problems import PROBLEM
from seating.api.serializers import HoldSerializer, hold_document
from seating.api.visitors import VISITOR_PARAMETER, known_visitor
from seating.holds.visitors import BEARER, new_bearer

RUPIAH_MAX = 2**31 - 1
COPIED = (
    *("id", "wheelchairs", "categories", "price_max_rupiah"),
    *("confirmed_at", "ended_at", "end"),
)


class JoinSerializer(StrictSerializer):
    size = serializers.IntegerField(
        min_value=1, max_value=settings.HOLD_SEATS_MAX, help_text="People, wheelchairs included."
    )
    wheelchairs = serializers.IntegerField(
        min_value=0, max_value=settings.HOLD_SEATS_MAX, default=0
    )
    categories = serializers.ListField(
        child=serializers.ChoiceField(choices=[each.value for each in WAITLIST_CATEGORIES]),
        max_length=len(WAITLIST_CATEGORIES),
        default=list,
        help_text="Empty: any.",
    )
    price_max_rupiah = serializers.IntegerField(
        min_value=1,
        max_value=RUPIAH_MAX,
        default=None,
        allow_null=True,
        help_text="Of one ticket, service fee included.",
    )
    email = serializers.EmailField(max_length=254)
    phone = PhoneNumberField(required=False, allow_blank=True, region="ID")


class OfferSerializer(serializers.Serializer[Any]):
    seats = serializers.CharField(help_text="Labels of the seats.", source="labels")
    total_rupiah = serializers.IntegerField(
        source="price_rupiah", help_text="At the full price, service fee included."
    )
    expires_at = serializers.DateTimeField(source="hold.expires_at")
    accepted_at = serializers.DateTimeField(allow_null=True)


class WaitlistEntrySerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    showtime = serializers.IntegerField(source="waitlist_id")
    size = serializers.IntegerField(source="party_size")
    wheelchairs = serializers.IntegerField()
    categories = serializers.ListField(child=serializers.CharField())
    price_max_rupiah = serializers.IntegerField(allow_null=True)
    confirmed_at = serializers.DateTimeField(
        allow_null=True,
        help_text="The party waits from then on: once the address is confirmed by the link in the"
        " email. At once for the confirmed address of the account.",
    )
    place = serializers.IntegerField(
        allow_null=True, help_text="1: the next in line. Without a value it does not wait."
    )
    offer = OfferSerializer(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    end = serializers.CharField(
        help_text="Empty, or " + ", ".join(each.value for each in EntryEnd) + "."
    )


def entry_document(entry: WaitlistEntry) -> Any:
    offer: WaitlistOffer | None = entry.open_offer()
    if offer is not None and not offer.is_open(timezone.now()):
        offer = None
    values = {
        **{name: getattr(entry, name) for name in COPIED},
        "waitlist_id": entry.waitlist_id,
        "party_size": entry.party_size,
        "place": place_in_line(entry),
        "offer": offer,
    }
    return WaitlistEntrySerializer(values).data


def own_entry(request: Request, entry_id: UUID) -> WaitlistEntry:
    """The entry of this account or installation, or of a client that knows its id alone.

    Raises WaitlistEntryNotFound, VisitorSecretInvalid.
    """
    user, visitor = customer(request), known_visitor(request)
    theirs = Q(visitor__startswith=BEARER)
    if user is not None:
        theirs |= Q(user=user)
    if visitor is not None:
        theirs |= Q(visitor=visitor)
    entry = WaitlistEntry.objects.filter(theirs, pk=entry_id).first()
    if entry is None:
        raise WaitlistEntryNotFound()
    return entry


class Waitlist(CallerLimitedView):
    limits = (BOOKINGS_BY_CALLER,)

    @extend_schema(
        tags=["waitlist"],
        operation_id="join_waitlist",
        summary="Join the waitlist of a showtime",
        parameters=[VISITOR_PARAMETER, IDEMPOTENCY_PARAMETER],
        request=JoinSerializer,
        responses={201: WaitlistEntrySerializer} | REFUSALS,
    )
    @idempotent()
    def post(self, request: Request, showtime_id: int) -> Response:
        """Wait for seats side by side of a showtime that has none such (`seats_still_free`)."""
        wanted = JoinSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        data = wanted.validated_data
        visitor = known_visitor(request) or new_bearer()
        user, network = customer(request), self.limited_actor(request)
        limits.enforce_joins(visitor=visitor, user_id=user.pk if user else None, network=network)
        entry = joining.join(
            showtime_id=showtime_id,
            wanted=SeatRequest(
                size=data["size"],
                wheelchairs=data["wheelchairs"],
                categories=tuple(data["categories"]),
                price_max_rupiah=data["price_max_rupiah"],
            ),
            joiner=joining.Joiner(
                email=data["email"],
                phone=str(data.get("phone") or ""),
                language=get_language() or settings.LANGUAGE_CODE,
                visitor=visitor,
                user=user,
            ),
            at=timezone.now(),
        )
        return Response(entry_document(entry), status=201, headers=PRIVATE)


class WaitlistEntryDetail(CallerLimitedView):
    limits = (LOOKUPS_BY_CALLER,)

    @extend_schema(
        tags=["waitlist"],
        operation_id="get_waitlist_entry",
        summary="State of a waitlist entry",
        parameters=[VISITOR_PARAMETER],
        responses={200: WaitlistEntrySerializer, 404: PROBLEM, 429: PROBLEM},
    )
    def get(self, request: Request, entry_id: UUID) -> Response:
        """Its place in line, and the open offer."""
        return Response(entry_document(own_entry(request, entry_id)), headers=PRIVATE)

    @extend_schema(
        tags=["waitlist"],
        operation_id="leave_waitlist",
        summary="Leave a waitlist",
        parameters=[VISITOR_PARAMETER],
        responses={204: None, 404: PROBLEM, 429: PROBLEM},
    )
    def delete(self, request: Request, entry_id: UUID) -> Response:
        """End the entry; the seats of an open offer go to the next in line."""
        entry = own_entry(request, entry_id)
        joining.leave(entry_id=entry.pk, at=timezone.now())
        return Response(status=204)


class Acceptance(CallerLimitedView):
    limits = (BOOKINGS_BY_CALLER,)

    @extend_schema(
        tags=["waitlist"],
        operation_id="accept_waitlist_offer",
        summary="Take the offered seats",
        parameters=[VISITOR_PARAMETER, IDEMPOTENCY_PARAMETER],
        request=None,
        responses={201: HoldSerializer} | REFUSALS,
    )
    @idempotent()
    def post(self, request: Request, entry_id: UUID) -> Response:
        """Make the offered seats a hold of the caller, from which a booking is made as usual."""
        entry = own_entry(request, entry_id)
        visitor = known_visitor(request) or entry.visitor
        held = offers.accept(entry_id=entry.pk, visitor=visitor, at=timezone.now())
        return Response(hold_document(held), status=201, headers=PRIVATE)
