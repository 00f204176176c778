"""Seats and holds for mobile apps: the same functions as the site's seat map."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from uuid import UUID

import orjson
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.idempotency import idempotent
from core.api.etag import etag_of, if_none_match
from core.api.limits import LimitedView
from core.errors import NotFound
from seating.api.limits import HoldView
from seating.api.problems import PROBLEM
from seating.api.serializers import (
    HoldSerializer,
    LayoutSerializer,
    SeatIdsSerializer,
    SeatSerializer,
    WantedSeatsSerializer,
    hold_document,
    seat_ids,
    wanted_seats,
)
from seating.api.visitors import (
    VISITOR_PARAMETER,
    hold_of_showtime,
    known_visitor,
    owner_of_hold,
)
from seating.errors import HoldNotFound
from seating.holds import quotas, transitions
from seating.holds.abuse import Holder
from seating.holds.extension import extend_within_quota
from seating.holds.rescue import accept_rescue, hold_or_rescue
from seating.holds.visitors import new_bearer
from seating.seatmap import state
from seating.waiting_room import passes

LAYOUT_MAX_AGE_SECONDS = 60  # a showtime may be given another version of its studio's layout
MAP_CACHE_CONTROL = f"public, max-age={state.STATUSES_FRESH_SECONDS}"


def _tagged(body: bytes, cache_control: str) -> HttpResponse:
    response = HttpResponse(body, content_type="application/json")
    response.headers["ETag"] = etag_of(body)
    response.headers["Cache-Control"] = cache_control
    return response


class Layout(LimitedView):
    authentication_classes = ()  # public: an expired token changes nothing
    is_conditional = True

    @extend_schema(
        tags=["seats"],
        operation_id="get_layout",
        summary="Layout of a showtime's hall",
        responses={200: LayoutSerializer, 404: PROBLEM},
    )
    def get(self, request: Request, showtime_id: int) -> HttpResponseBase:
        """Where each seat is. Keep it; ask again when the seats name one that it does not have."""
        layout = state.layout_document(state.layout_of_showtime(showtime_id))
        cache_control = f"public, max-age={LAYOUT_MAX_AGE_SECONDS}"
        return if_none_match(request, _tagged(orjson.dumps(layout), cache_control))


class Seats(LimitedView):
    authentication_classes = ()  # as Layout
    is_conditional = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Serve the cached map without DRF, which would double its cost."""
        if request.method == "GET" and not request.GET:
            with suppress(NotFound):  # DRF then writes the response
                return _seats(request, kwargs["showtime_id"])
        return super().dispatch(request, *args, **kwargs)

    @extend_schema(
        tags=["seats"],
        operation_id="list_seats",
        summary="Seats of a showtime with price and status",
        responses={200: SeatSerializer(many=True), 404: PROBLEM},
    )
    def get(self, request: Request, showtime_id: int) -> HttpResponseBase:
        """Each seat's price and status now. For changes listen to the WebSocket feed."""
        return _seats(request, showtime_id)


def _seats(request: HttpRequest, showtime_id: int) -> HttpResponseBase:
    return if_none_match(request, _tagged(state.seats_api_bytes(showtime_id), MAP_CACHE_CONTROL))


def map_response(body: bytes) -> HttpResponse:
    """The whole map, for a client without a copy."""
    return _tagged(body, MAP_CACHE_CONTROL)


class Holds(HoldView):
    @extend_schema(
        tags=["seats"],
        operation_id="hold_seats",
        summary="Hold seats",
        parameters=[VISITOR_PARAMETER],
        request=WantedSeatsSerializer,
        responses={201: HoldSerializer, 404: PROBLEM, 409: PROBLEM, 422: PROBLEM, 429: PROBLEM},
    )
    @idempotent()
    def post(self, request: Request, showtime_id: int) -> Response:
        """Hold seats, all or none; a further call by the same visitor adds to the hold."""
        wanted, wants_rescue = wanted_seats(request.data)
        known = known_visitor(request)
        visitor = known or new_bearer()
        holder = Holder(self.limited_actor(request), visitor, waiting_pass=passes.given(request))
        if wants_rescue and known is not None:
            held = hold_or_rescue(
                holder, showtime_id, wanted, counted=self._results, counts_address=False
            )
            return Response(hold_document(held), status=201)
        held = quotas.hold_within_quota(
            holder,
            showtime_id,
            wanted,
            lambda: transitions.hold_seats(
                showtime_id=showtime_id, visitor=visitor, seat_ids=wanted
            ),
            counted=self._results,
            counts_address=False,
        )
        return Response(hold_document(held), status=201)


class Rescue(HoldView):
    @extend_schema(
        tags=["seats"],
        operation_id="hold_offered_seats",
        summary="Accept the seats offered after a lost race",
        parameters=[VISITOR_PARAMETER],
        request=SeatIdsSerializer,
        responses={201: HoldSerializer, 404: PROBLEM, 409: PROBLEM, 422: PROBLEM},
    )
    def post(self, request: Request, showtime_id: int) -> Response:
        """Accept the seats that were offered after a lost race, all of `rescue.seats`."""
        wanted = seat_ids(request.data)
        visitor = known_visitor(request)
        if visitor is None:
            raise HoldNotFound()
        held = accept_rescue(showtime_id=showtime_id, visitor=visitor, seat_ids=wanted)
        return Response(hold_document(held), status=201)


class HoldOfShowtime(HoldView):
    @extend_schema(
        tags=["seats"],
        operation_id="get_hold_of_showtime",
        summary="The caller's hold of a showtime",
        parameters=[VISITOR_PARAMETER],
        responses={200: HoldSerializer, 404: PROBLEM},
    )
    def get(self, request: Request, showtime_id: int) -> Response:
        """The hold that the account or the installation has of this showtime now.

        For an app that was restarted. Without one it is `hold_not_found`. A hold that the
        installation made before the sign-in is transferred to the account.
        """
        held = hold_of_showtime(request, showtime_id)
        return Response(hold_document(held), headers={"Cache-Control": "private, no-store"})


class HoldDetail(HoldView):
    @extend_schema(
        tags=["seats"],
        operation_id="get_hold",
        summary="One hold",
        parameters=[VISITOR_PARAMETER],
        responses={200: HoldSerializer, 404: PROBLEM, 409: PROBLEM},
    )
    def get(self, request: Request, hold_id: UUID) -> Response:
        """The hold as it is now, with the server's time to count down by."""
        held = transitions.get_hold(hold_id=hold_id, visitor=owner_of_hold(request, hold_id))
        return Response(hold_document(held), headers={"Cache-Control": "private, no-store"})

    @extend_schema(
        tags=["seats"],
        operation_id="change_hold",
        summary="Change the seats of a hold",
        parameters=[VISITOR_PARAMETER],
        request=SeatIdsSerializer,
        responses={200: HoldSerializer, 404: PROBLEM, 409: PROBLEM, 422: PROBLEM, 429: PROBLEM},
    )
    def patch(self, request: Request, hold_id: UUID) -> Response:
        """Make the hold's seats exactly these, all or nothing; the clock runs on."""
        wanted = seat_ids(request.data)
        visitor = owner_of_hold(request, hold_id)
        before = transitions.get_hold(hold_id=hold_id, visitor=visitor)
        held = quotas.hold_within_quota(
            Holder(self.limited_actor(request), visitor, waiting_pass=passes.given(request)),
            before.showtime_id,
            set(wanted) - {seat.seat_id for seat in before.seats},
            lambda: transitions.change_seats(hold_id=hold_id, visitor=visitor, seat_ids=wanted),
            counted=self._results,
            counts_address=False,
        )
        return Response(hold_document(held))

    @extend_schema(
        tags=["seats"],
        operation_id="release_hold",
        summary="Release a hold",
        parameters=[VISITOR_PARAMETER],
        responses={204: None, 404: PROBLEM, 409: PROBLEM},
    )
    def delete(self, request: Request, hold_id: UUID) -> Response:
        """Give every seat back at once."""
        visitor = owner_of_hold(request, hold_id)
        transitions.release_hold(hold_id=hold_id, visitor=visitor)
        return Response(status=204)


class Extension(HoldView):
    @extend_schema(
        tags=["seats"],
        operation_id="change_hold_end",
        summary="Extend the time of a hold once",
        parameters=[VISITOR_PARAMETER],
        request=None,
        responses={200: HoldSerializer, 404: PROBLEM, 409: PROBLEM, 429: PROBLEM},
    )
    def post(self, request: Request, hold_id: UUID) -> Response:
        """More time, once, for a hold whose booking is not made yet."""
        holder = Holder(self.limited_actor(request), owner_of_hold(request, hold_id))
        held = extend_within_quota(holder, hold_id, counted=self._results, counts_address=False)
        return Response(hold_document(held))
