"""Factories of rows for tests: a complete, valid state and nothing more.

Each factory takes the relevant values by keyword and has defaults for the rest. They write rows
directly, without the domain functions, so that tests of a domain function do not depend on it.
"""

from tests.factories.orders import (
    FEE_RUPIAH,
    capture,
    make_booking,
    make_confirmed_booking,
    make_event,
    make_payment,
    make_refund,
    make_ticket_type,
    make_voucher,
)
from tests.factories.places import (
    BASE_PRICE_RUPIAH,
    PASSWORD,
    free_seats,
    make_cinema,
    make_hold,
    make_layout,
    make_manager,
    make_movie,
    make_showtime,
    make_staff,
    make_studio,
    make_user,
)

__all__ = [
    "BASE_PRICE_RUPIAH",
    "FEE_RUPIAH",
    "PASSWORD",
    "capture",
    "free_seats",
    "make_booking",
    "make_cinema",
    "make_confirmed_booking",
    "make_event",
    "make_hold",
    "make_layout",
    "make_manager",
    "make_movie",
    "make_payment",
    "make_refund",
    "make_showtime",
    "make_staff",
    "make_studio",
    "make_ticket_type",
    "make_user",
    "make_voucher",
]
