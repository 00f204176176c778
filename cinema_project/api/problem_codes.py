"""Error codes of each operation, and the facts that come with a code.

Codes that every operation of a kind can have (invalid JSON, expired token, rate limit) are derived
from the view in ``cinema_project.api.problem_schemas``. A test compares all of them with real
responses.
"""

from __future__ import annotations

from typing import Any

from accounts import errors as accounts
from accounts.idempotency import IdempotencyInProgress, IdempotencyKeyInvalid, IdempotencyKeyReused
from bookings import errors as bookings
from bookings.errors import vouchers, waitlist
from bookings.errors.payment_methods import PaymentMethodUnknown
from core.errors import LayarError
from movies.errors import ShowtimeClosed
from seating import errors as seating
from seating.api.visitors import VisitorSecretInvalid
from seating.best_seats.party import PartyInvalid, TooManyCompanions

Schema = dict[str, Any]
Errors = tuple[type[LayarError], ...]

IDEMPOTENCY: Errors = (IdempotencyInProgress, IdempotencyKeyInvalid, IdempotencyKeyReused)
VISITOR: Errors = (VisitorSecretInvalid,)

SEATS: Errors = (
    *(seating.SeatTaken, seating.CompanionReserved, seating.HoldSealed, seating.HoldExpired),
    *(seating.SeatUnknown, seating.SeatRepeated, seating.SeatsMissing, seating.TooManySeats),
    *(seating.TooManyHeld, ShowtimeClosed, seating.WaitingRoomOpen),
)
HOLD: Errors = (seating.HoldNotFound, seating.HoldExpired)
VOUCHERS: Errors = (
    *(vouchers.VoucherUnknown, vouchers.VoucherNotYetValid, vouchers.VoucherOver),
    *(vouchers.VoucherUsedUp, vouchers.VoucherCustomerLimit, vouchers.VoucherNotHere),
    *(vouchers.VoucherOtherFilm, vouchers.VoucherOtherDay, vouchers.VoucherBelowMinimum),
    *(vouchers.VoucherTooFewTickets, vouchers.VoucherRefused),
)
PRICED: Errors = (
    *HOLD,
    *VOUCHERS,
    *(bookings.TicketsMismatch, bookings.TicketTypeUnknown, bookings.TicketTypeNotAllowed),
)
BOOKING: Errors = (bookings.BookingNotFound,)

RECENT: Errors = (accounts.SignInAgain,)
ENROLMENT: Errors = (*RECENT, accounts.InvitationNeeded)
BY_CODE: Errors = (accounts.CodeIncorrect, accounts.NothingToConfirm)
REMOVAL: Errors = (*RECENT, accounts.SecondFactorNotFound, accounts.SecondFactorKept)

OF_ACCOUNT: dict[str, Errors] = {
    "confirm_email": BY_CODE,
    "resend_email_code": (accounts.NothingToConfirm,),
    "end_session": (accounts.SessionNotFound,),
    "confirm_second_factor": (*BY_CODE, accounts.PasskeyRefused),
    "confirm_identity": (
        *(accounts.PasswordIncorrect, accounts.CodeIncorrect, accounts.PasskeyRefused),
    ),
    "create_passkey_session": (accounts.PasskeyRefused,),
    "create_passkey_challenge": (accounts.NothingToConfirm,),
    "complete_password_reset": BY_CODE,
    "change_password": (accounts.PasswordIncorrect,),
    "start_email_change": RECENT,
    "confirm_email_change": BY_CODE,
    "start_totp": (*ENROLMENT, accounts.SecondFactorExists),
    "activate_totp": (*ENROLMENT, *BY_CODE, accounts.SecondFactorExists),
    "remove_totp": REMOVAL,
    "create_recovery_codes": (*ENROLMENT, accounts.SecondFactorNotFound),
    "start_passkey": ENROLMENT,
    "add_passkey": (*ENROLMENT, accounts.PasskeyRefused),
    "remove_passkey": REMOVAL,
    "delete_account": (accounts.PasswordIncorrect, accounts.AccountNotDeletable),
}
OF_OPERATION: dict[str, Errors] = OF_ACCOUNT | {
    "hold_seats": SEATS,
    "hold_best_seats": (*SEATS, seating.NoSuitableSeats, PartyInvalid, TooManyCompanions),
    "hold_offered_seats": (*SEATS, seating.HoldNotFound),
    "get_hold": HOLD,
    "get_hold_of_showtime": HOLD,
    "change_hold": (*SEATS, seating.HoldNotFound),
    "release_hold": (*HOLD, seating.HoldSealed),
    "change_hold_end": (*HOLD, seating.HoldSealed, seating.HoldExtended, seating.TooManyHeld),
    "quote_hold": PRICED,
    "create_booking": (
        *(*PRICED, seating.HoldSealed, seating.SingleSeatLeft, ShowtimeClosed),
        *(bookings.AgeNotConfirmed, bookings.TotalChanged),
    ),
    "get_booking": BOOKING,
    "get_booking_pdf": BOOKING,
    "get_booking_calendar": BOOKING,
    "list_booking_tickets": BOOKING,
    "list_payments": BOOKING,
    "start_payment": (
        *(*BOOKING, bookings.BookingClosed, bookings.PaymentRunning, bookings.PaymentRefused),
        *(bookings.ProviderUnknown, PaymentMethodUnknown, bookings.AmountBelowMinimum),
        bookings.PaymentUnavailable,
    ),
    "abandon_booking": (*BOOKING, bookings.BookingClosed, bookings.PaymentRunning),
    "claim_booking": (*BOOKING, bookings.NotClaimable),
    "get_cancellation_offer": (*BOOKING, bookings.NotCancellable),
    "cancel_booking": (
        *(*BOOKING, bookings.NotCancellable, bookings.CancellationTooLate, bookings.RefundChanged),
        *(bookings.TicketsMismatch, bookings.CoupleSeatsTogether),
    ),
    "check_in": (
        *(bookings.TicketUnknown, bookings.TicketCodeInvalid, bookings.BookingNotFound),
        *(bookings.TicketNotIssued, bookings.TicketVoid, bookings.TicketUsed),
        *(bookings.WrongCinema, bookings.WrongShowtime, bookings.ShowtimeOff),
        bookings.OutsideDoorTimes,
    ),
    "join_waiting_room": (seating.WaitingRoomClosed, seating.VisitorUnknown),
    "get_waiting_place": (seating.PlaceNotFound, seating.VisitorUnknown),
    "leave_waiting_room": (seating.VisitorUnknown,),
    "create_waiting_pass": (seating.PlaceNotFound, seating.NotYourTurn, seating.VisitorUnknown),
    "join_waitlist": (
        *(waitlist.SeatsStillFree, waitlist.WaitlistClosed, waitlist.WaitlistFull),
        *(waitlist.AlreadyWaiting, waitlist.TooManyWaitlists, waitlist.SeatRequestInvalid),
        *(PartyInvalid, TooManyCompanions),
    ),
    "get_waitlist_entry": (waitlist.WaitlistEntryNotFound,),
    "leave_waitlist": (waitlist.WaitlistEntryNotFound, waitlist.WaitlistEntryOver),
    "accept_waitlist_offer": (
        *(waitlist.WaitlistEntryNotFound, waitlist.WaitlistEntryOver, waitlist.OfferOver),
        *SEATS,
    ),
}
# Codes that are not those of a domain error: sign-in.
PLAIN_CODES: dict[str, dict[str, tuple[str, ...]]] = {
    "sign_in": {"401": ("sign_in_failed", "second_factor_required")},
    "create_session": {"401": ("sign_in_failed",)},
    "create_passkey_session": {"401": ("sign_in_failed",)},
}

TEXT: Schema = {"type": "string"}
TIME: Schema = {"type": "string", "format": "date-time"}
COUNT: Schema = {"type": "integer", "format": "int32"}
LABELLED: Schema = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["id", "label"],
        "properties": {"id": {"type": "integer", "format": "int64"}, "label": TEXT},
    },
}
_SHOW: Schema = {"film": TEXT, "studio": TEXT, "starts_at": TIME, "time_zone": TEXT}
_RESCUE: Schema = {
    "type": "object",
    "required": ["seats", "labels", "expires_at", "server_time", "seconds"],
    "properties": {
        "seats": LABELLED,
        "labels": TEXT,
        "expires_at": TIME,
        "server_time": TIME,
        "seconds": COUNT,
    },
}
FACTS: dict[str, Schema] = {
    "seat_taken": {"seats": LABELLED, "nearest": LABELLED, "rescue": _RESCUE},
    "companion_reserved": {"seats": LABELLED},
    "single_seat_left": {"left": LABELLED, "instead": LABELLED},
    "no_suitable_seats": {"largest": COUNT, "can_sit_apart": {"type": "boolean"}},
    "hold_sealed": {"booking": TEXT},
    "waiting_room": {"waiting_room": {"type": "integer", "format": "int64"}},
    "too_many_seats": {"limit": COUNT},
    "total_changed": {"total_rupiah": COUNT},
    "refund_changed": {"refund_rupiah": COUNT},
    "amount_below_minimum": {"minimum_rupiah": COUNT},
    "voucher_below_minimum": {"minimum_rupiah": COUNT},
    "voucher_too_few_tickets": {"tickets_needed": COUNT},
    "ticket_type_not_allowed": {"allowed_ticket_types": {"type": "array", "items": TEXT}},
    "couple_seats_together": {"seats": {"type": "array", "items": TEXT}},
    "wrong_cinema": {"cinema": TEXT},
    "wrong_showtime": _SHOW,
    "showtime_cancelled": _SHOW,
    "outside_door_times": _SHOW | {"doors_open_at": TIME, "ends_at": TIME},
    "ticket_not_issued": {"seat": TEXT, "time_zone": TEXT},
    "ticket_void": {"seat": TEXT, "time_zone": TEXT, "voided_at": TIME},
    "ticket_used": {"seat": TEXT, "time_zone": TEXT, "checked_in_at": TIME},
    "account_not_deletable": {"obstacles": {"type": "array", "items": TEXT}},
    "rate_limited": {"retry_after_seconds": COUNT},
    "too_many_held": {"retry_after_seconds": COUNT},
}
