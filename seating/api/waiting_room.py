"""Waiting rooms as API resources: the room, the caller's place in it, and passes."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.limits import LimitedView
from seating.api.problems import PROBLEM
from seating.api.visitors import VISITOR_PARAMETER, known_visitor
from seating.errors import VisitorUnknown
from seating.models import WaitingPlace
from seating.waiting_room import places, progress
from seating.waiting_room.limits import CHECKS_BY_VISITOR, JOINS_BY_NETWORK, JOINS_BY_VISITOR
from seating.waiting_room.passes import HEADER
from seating.waiting_room.progress import Phase, PlaceState

PRIVATE = {"Cache-Control": "private, no-store"}


class WaitingRoomSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    showtime = serializers.IntegerField(
        allow_null=True, help_text="Without it and without `movie` the room is for the whole site."
    )
    movie = serializers.CharField(allow_null=True, help_text="The film's slug.")
    phase = serializers.ChoiceField(
        choices=[each.value for each in Phase],
        help_text="before: everybody waits for the opening; open: people are called; sold_out: no"
        " seat is free now, unpaid ones may come back; closed: seats need no pass.",
    )
    opens_at = serializers.DateTimeField(allow_null=True)
    waiting = serializers.IntegerField(help_text="How many wait.")
    called = serializers.IntegerField(help_text="How many were called since the opening.")
    per_minute = serializers.FloatField(help_text="How many are called in a minute.")
    commitment = serializers.CharField(help_text="SHA-256 of the seed of the draw.")
    seed = serializers.CharField(help_text="Empty until the draw.")
    drawn_at = serializers.DateTimeField(allow_null=True)
    drawn_count = serializers.IntegerField(help_text="Places in the draw.")


class WaitingPlaceSerializer(serializers.Serializer[Any]):
    number = serializers.UUIDField(help_text="Orders the draw.")
    room = serializers.IntegerField()
    state = serializers.ChoiceField(
        choices=[each.value for each in PlaceState],
        help_text="called: request a pass by `admitted_until`, or the next is called.",
    )
    ahead = serializers.IntegerField(
        allow_null=True, help_text="How many are before this place; null before the opening."
    )
    wait_seconds = serializers.IntegerField(
        allow_null=True, help_text="An estimate at the present pace; null where there is none."
    )
    check_seconds = serializers.IntegerField(
        help_text="When to ask again. Who does not ask for 15 minutes loses the place."
    )
    admitted_until = serializers.DateTimeField(allow_null=True)
    server_time = serializers.DateTimeField()


class WaitingPassSerializer(serializers.Serializer[Any]):
    token = serializers.CharField(help_text=f"For the header {HEADER} of requests to hold seats.")
    expires_at = serializers.DateTimeField()
    server_time = serializers.DateTimeField()


def place_document(place: WaitingPlace) -> Any:
    position = progress.position_of(place, progress.current(place.room_id))
    values = {
        "number": place.number,
        "room": place.room_id,
        "state": position.state,
        "ahead": position.ahead,
        "wait_seconds": position.wait_seconds,
        "check_seconds": position.check_seconds,
        "admitted_until": place.admitted_until,
        "server_time": timezone.now(),
    }
    return WaitingPlaceSerializer(values).data


def visitor_of(request: Request) -> str:
    """The account or the installation. Raises VisitorUnknown, VisitorSecretInvalid."""
    visitor = known_visitor(request)
    if visitor is None:
        raise VisitorUnknown()
    return visitor


class WaitingRoomDetail(LimitedView):
    authentication_classes = ()  # public: an expired token changes nothing

    @extend_schema(
        tags=["waiting rooms"],
        operation_id="get_waiting_room",
        summary="A waiting room",
        responses={200: WaitingRoomSerializer, 404: PROBLEM},
    )
    def get(self, request: Request, room_id: int) -> Response:
        """How a room stands, and the commitment to its draw."""
        room, state = places.get_room(room_id), progress.current(room_id)
        values = {
            "id": room.pk,
            "showtime": room.showtime_id,
            "movie": room.movie.slug if room.movie else None,
            "phase": state.phase,
            "opens_at": room.opens_at,
            "waiting": state.waiting,
            "called": state.called,
            "per_minute": round(state.speed_per_minute, 1),
            "commitment": room.commitment,
            "seed": room.public_seed,
            "drawn_at": room.drawn_at,
            "drawn_count": room.drawn_count,
        }
        return Response(WaitingRoomSerializer(values).data, headers=PRIVATE)


class Place(LimitedView):
    def check_throttles(self, request: Request) -> None:
        super().check_throttles(request)
        if request.method == "POST":
            self.enforce(JOINS_BY_NETWORK, self.limited_actor(request))
            self.enforce(JOINS_BY_VISITOR, visitor_of(request))
        else:
            self.enforce(CHECKS_BY_VISITOR, visitor_of(request))

    @extend_schema(
        tags=["waiting rooms"],
        operation_id="join_waiting_room",
        summary="Join a waiting room",
        parameters=[VISITOR_PARAMETER],
        request=None,
        responses={201: WaitingPlaceSerializer, 404: PROBLEM, 409: PROBLEM, 422: PROBLEM},
    )
    def post(self, request: Request, room_id: int) -> Response:
        """Join the queue. Who has a place keeps it, so this may be repeated."""
        place = places.join(room_id=room_id, visitor=visitor_of(request))
        return Response(place_document(place), status=201, headers=PRIVATE)

    @extend_schema(
        tags=["waiting rooms"],
        operation_id="get_waiting_place",
        summary="The caller's place in a waiting room",
        parameters=[VISITOR_PARAMETER],
        responses={200: WaitingPlaceSerializer, 404: PROBLEM, 422: PROBLEM},
    )
    def get(self, request: Request, room_id: int) -> Response:
        """The place as it is now. Asking keeps it: ask again after `check_seconds`."""
        place = places.see(room_id=room_id, visitor=visitor_of(request))
        return Response(place_document(place), headers=PRIVATE)

    @extend_schema(
        tags=["waiting rooms"],
        operation_id="leave_waiting_room",
        summary="Leave a waiting room",
        parameters=[VISITOR_PARAMETER],
        responses={204: None, 422: PROBLEM},
    )
    def delete(self, request: Request, room_id: int) -> Response:
        """Give the place up; without one nothing happens."""
        places.leave(room_id=room_id, visitor=visitor_of(request))
        return Response(status=204)


class Pass(LimitedView):
    def check_throttles(self, request: Request) -> None:
        super().check_throttles(request)
        if request.method == "POST":
            self.enforce(CHECKS_BY_VISITOR, visitor_of(request))

    @extend_schema(
        tags=["waiting rooms"],
        operation_id="create_waiting_pass",
        summary="Come in with a pass",
        parameters=[VISITOR_PARAMETER],
        request=None,
        responses={201: WaitingPassSerializer, 404: PROBLEM, 409: PROBLEM, 422: PROBLEM},
    )
    def post(self, request: Request, room_id: int) -> Response:
        """A pass for a called place; the one before is void. It is good for its caller alone."""
        entrance = places.enter(room_id=room_id, visitor=visitor_of(request))
        values = {
            "token": entrance.token,
            "expires_at": entrance.place.admitted_until,
            "server_time": timezone.now(),
        }
        return Response(WaitingPassSerializer(values).data, status=201, headers=PRIVATE)
