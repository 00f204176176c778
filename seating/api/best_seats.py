"""The best seats for a party, as an API resource."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.idempotency import idempotent
from core.api.strict import StrictSerializer
from seating.api.limits import HoldView
from seating.api.problems import PROBLEM
from seating.api.serializers import HoldSerializer, hold_document
from seating.api.visitors import VISITOR_PARAMETER, known_visitor
from seating.best_seats.choice import Step
from seating.best_seats.party import Party
from seating.holds import best
from seating.holds.abuse import Holder
from seating.holds.visitors import new_bearer
from seating.models import SeatCategory
from seating.waiting_room import passes

PRICE_MAX_RUPIAH = 2**31 - 1


class PartySerializer(StrictSerializer):
    size = serializers.IntegerField(
        min_value=1, max_value=settings.HOLD_SEATS_MAX, help_text="People, wheelchairs included."
    )
    wheelchairs = serializers.IntegerField(
        min_value=0,
        max_value=settings.HOLD_SEATS_MAX,
        default=0,
        help_text="Wheelchair spaces, each with up to three companions.",
    )
    category = serializers.ChoiceField(
        choices=SeatCategory.choices, required=False, help_text="Without it: any."
    )
    price_max_rupiah = serializers.IntegerField(
        min_value=0, max_value=PRICE_MAX_RUPIAH, default=None, allow_null=True
    )
    step_free = serializers.BooleanField(default=False)
    apart = serializers.BooleanField(
        default=False, help_text="The party agrees to sit in several places."
    )


class BestHoldSerializer(HoldSerializer):
    step = serializers.ChoiceField(
        choices=[step.value for step in Step],
        help_text="How the seats lie: together; leaves_single; across_aisle; two_rows; apart.",
    )


def best_document(found: best.BestSeats) -> dict[str, Any]:
    """The output of BestHoldSerializer."""
    return hold_document(found.held) | {"step": found.step.value}


def party_of(data: Any) -> Party:
    """Raises DRF's ValidationError."""
    wanted = PartySerializer(data=data)
    wanted.is_valid(raise_exception=True)
    values = wanted.validated_data
    return Party(
        size=values["size"],
        wheelchairs=values["wheelchairs"],
        category=values.get("category", ""),
        price_max_rupiah=values["price_max_rupiah"],
        is_step_free=values["step_free"],
        is_apart=values["apart"],
    )


class BestSeats(HoldView):
    @extend_schema(
        tags=["seats"],
        operation_id="hold_best_seats",
        summary="Hold the best seats for a party",
        parameters=[VISITOR_PARAMETER],
        request=PartySerializer,
        responses={201: BestHoldSerializer, 404: PROBLEM, 409: PROBLEM, 422: PROBLEM, 429: PROBLEM},
    )
    @idempotent()
    def post(self, request: Request, showtime_id: int) -> Response:
        """Hold the best free seats for a party, in the place of what its visitor holds."""
        party = party_of(request.data)
        visitor = known_visitor(request) or new_bearer()
        found = best.hold_best_within_quota(
            Holder(self.limited_actor(request), visitor, waiting_pass=passes.given(request)),
            showtime_id,
            party,
            counted=self._results,
            counts_address=False,
        )
        return Response(best_document(found), status=201)
