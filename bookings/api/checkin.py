"""Check-in endpoint for gates and staff apps."""

from __future__ import annotations

from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.auth.staff import may_work_by_token
from accounts.idempotency import idempotent
from bookings.api.access import IDEMPOTENCY_PARAMETER, PRIVATE, REFUSALS
from bookings.tickets import checkin
from core.api.limits import LimitedView
from core.api.strict import StrictSerializer
from seating.api.problems import PROBLEM

CODE_LENGTH_MAX = 200
SHOWTIME_ID_MAX = 2**63 - 1


class CheckInRequestSerializer(StrictSerializer):
    code = serializers.CharField(max_length=CODE_LENGTH_MAX, help_text="What the QR code says.")
    showtime = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=SHOWTIME_ID_MAX,
        help_text="Admit to this showtime only; without it to any whose doors are open.",
    )


class AdmissionSerializer(serializers.Serializer[Any]):
    seat = serializers.CharField()
    ticket_type = serializers.CharField()
    rule = serializers.CharField(help_text="What to check, such as a student card.")
    film = serializers.CharField()
    classification = serializers.CharField()
    studio = serializers.CharField()
    cinema = serializers.CharField()
    showtime = serializers.IntegerField(source="showtime_id")
    starts_at = serializers.DateTimeField()
    time_zone = serializers.CharField()
    booking = serializers.CharField(source="booking_code")
    admitted_at = serializers.DateTimeField()
    count = serializers.IntegerField(
        help_text="How many persons may enter: several for a booking's code, which lists their"
        " seats and ticket types separated by commas."
    )
    already_in = serializers.IntegerField(help_text="Of the same booking, admitted before.")


class CheckIns(LimitedView):
    permission_classes = (IsAuthenticated,)
    limits = (checkin.CHECK_INS_BY_USHER,)

    def limited_actor(self, request: Any) -> str:
        return f"user:{request.user.pk}"

    @extend_schema(
        tags=["staff"],
        operation_id="check_in",
        summary="Admit a ticket",
        parameters=[IDEMPOTENCY_PARAMETER],
        request=CheckInRequestSerializer,
        responses={201: AdmissionSerializer, 401: PROBLEM, 403: PROBLEM} | REFUSALS,
    )
    @idempotent()
    def post(self, request: Request) -> Response:
        """Admit a ticket, once; for staff of its cinema. A refusal's `code` states the reason."""
        if not may_work_by_token(request.user, request.auth):
            raise PermissionDenied
        wanted = CheckInRequestSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        asked = cast(dict[str, Any], wanted.validated_data)
        admission = checkin.admit(
            code=asked["code"],
            showtime_id=asked.get("showtime"),
            usher=request.user,
            at=timezone.now(),
        )
        return Response(AdmissionSerializer(admission).data, status=201, headers=PRIVATE)
