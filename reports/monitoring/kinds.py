"""Kinds of incidents: label, who is affected, advice and actions.

Texts are in the reader's language. Invariant violations use the rule as label and share
the other texts with their family.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from reports.monitoring.invariants import INVARIANTS
from reports.monitoring.invariants.bookings import BOOKING_INVARIANTS
from reports.monitoring.invariants.cancellations import CANCELLATION_INVARIANTS
from reports.monitoring.invariants.money import MONEY_INVARIANTS
from reports.monitoring.invariants.seats import SEAT_INVARIANTS
from reports.monitoring.invariants.showtimes import SHOWTIME_INVARIANTS

Text = str | Promise


@dataclass(frozen=True)
class IncidentKind:
    """``actions`` name entries of ``reports.monitoring.actions``, most helpful first.

    Urgent kinds may be sent during quiet hours.
    """

    label: Text
    affected: Text
    advice: Text
    actions: tuple[str, ...] = ()
    is_urgent: bool = False


_BUYER = _("The buyer of this booking.")
_CHAIN = _("The whole chain: every cinema and every buyer.")
_REFUND_ACTIONS = ("retry_refund", "take_over_refund")

KINDS: dict[str, IncidentKind] = {
    "refund_stuck": IncidentKind(
        _("A refund has not gone through for a day."),
        _BUYER,
        _(
            "Read the provider's reason below. Try once more; if the provider keeps refusing, take"
            " the refund over, pay the buyer by bank transfer and write down how."
        ),
        _REFUND_ACTIONS,
        is_urgent=True,
    ),
    "refund_refused": IncidentKind(
        _("The payment provider keeps refusing a refund."),
        _BUYER,
        _(
            "It is tried again by itself for a day. Look at the reason: an account at the provider"
            " without money is the commonest. After that, try once more."
        ),
        _REFUND_ACTIONS,
    ),
    "payment_too_late": IncidentKind(
        _("Money came that no booking could take."),
        _("A buyer who paid and has no seat for it. They were notified of the refund."),
        _("Nothing, if the refund below goes through: this incident then heals by itself."),
        _REFUND_ACTIONS,
    ),
    "seats_hoarded": IncidentKind(
        _("Many visitors of one network hold seats and do not pay."),
        _("Everybody who wants these seats: they open again only when the holds end."),
        _(
            "Look which showtimes are full of holds. If it is no school or office that you know,"
            " lower HELD_SEATS_BY_NETWORK, or refuse the network at the load balancer."
        ),
    ),
    "manual_payout": IncidentKind(
        _("A refund has to be paid out by hand."),
        _BUYER,
        _("Pay the buyer by bank transfer, then open the payout and write down how it was paid."),
    ),
    "payment_unsettled": IncidentKind(
        _("The payment provider has not reported how a payment ended."),
        _("A buyer who may have paid and has no answer."),
        _("Ask the provider again. If it stays silent, look the payment up in its dashboard."),
        ("ask_provider",),
    ),
    "payments_failing": IncidentKind(
        _("Most payments by one provider fail."),
        _("Everybody who wants to pay by this provider now."),
        _(
            "Try to pay once yourself and look at the provider's status page. If it lasts, leave"
            " this provider out at the cinema's page: buyers are then offered the others."
        ),
        is_urgent=True,
    ),
    "payment_discrepancy": IncidentKind(
        _("The provider's records differ from ours."),
        _("One buyer's money, and the day's accounts."),
        _(
            "Compare the reference below with the provider's dashboard. What was put right there is"
            " written down here as the note."
        ),
    ),
    "message_dead": IncidentKind(
        _("A message to a buyer was given up."),
        _("A buyer who does not know what you think they know."),
        _("Send it again; if the address is wrong, call the buyer (the booking has the number)."),
        ("resend_message",),
    ),
    "outbox_late": IncidentKind(
        _("Messages to buyers wait too long."),
        _("Everybody who bought, cancelled or was moved in the last while: no tickets by email."),
        _("Look at the mail server and at the status page: is the worker well?"),
        is_urgent=True,
    ),
    "report_not_sent": IncidentKind(
        _("A scheduled report could not be sent."),
        _("The manager who ordered it."),
        _("Send it again. If it fails again, check the recipient's address."),
        ("resend_report",),
    ),
    "backup_failed": IncidentKind(
        _("A backup has failed."),
        _CHAIN,
        _("Read the failure below (a full disk is the commonest), mend it, and make one now."),
        ("back_up_now",),
        is_urgent=True,
    ),
    "backup_overdue": IncidentKind(
        _("There has been no good backup for too long."),
        _CHAIN,
        _("Look at the status page: do beat and worker run? Then make a backup now."),
        ("back_up_now",),
        is_urgent=True,
    ),
    "drill_failed": IncidentKind(
        _("The newest backup could not be restored in a drill."),
        _CHAIN,
        _("Read the problems below. Make a new backup, then try to restore that one."),
        ("back_up_now", "drill_now"),
        is_urgent=True,
    ),
    "drill_overdue": IncidentKind(
        _("No restore has been tried for too long."),
        _CHAIN,
        _("Try one now: a backup that nobody has restored is a hope."),
        ("drill_now",),
    ),
    "worker_stopped": IncidentKind(
        _("The worker has stopped."),
        _CHAIN,
        _(
            "Seats can be held and paid, but no messages go out and no refunds. Start the worker"
            " again and read its log; what waits is then done by itself."
        ),
        is_urgent=True,
    ),
    "beat_stopped": IncidentKind(
        _("The beat has stopped."),
        _CHAIN,
        _("Nothing that has its time is begun: start the beat again and read its log."),
        is_urgent=True,
    ),
    "broker_away": IncidentKind(
        _("The broker does not answer."),
        _CHAIN,
        _("Start Redis (Valkey) again; worker and beat find it by themselves."),
        is_urgent=True,
    ),
}
_FAMILIES: tuple[tuple[tuple[object, ...], IncidentKind], ...] = (
    (
        SEAT_INVARIANTS,
        IncidentKind(
            "",
            _("Whoever has or wants this seat."),
            _(
                "Look at the seat's history on the showtime's seat map. A held seat that belongs to"
                " nobody can be released here; two tickets for one seat need another seat for one."
            ),
            ("release_seat", "check_again"),
            is_urgent=True,
        ),
    ),
    (
        MONEY_INVARIANTS,
        IncidentKind(
            "",
            _("One buyer's money, and the day's accounts."),
            _(
                "Compare the booking's ledger with the provider's dashboard before anything is"
                " paid. What owes money back is sent by itself; if it is not, tell your"
                " technicians."
            ),
            ("check_again",),
            is_urgent=True,
        ),
    ),
    (
        SHOWTIME_INVARIANTS,
        IncidentKind(
            "",
            _("Visitors of this showtime and of the next one in the studio."),
            _(
                "Move the showtime, or the next one in its studio, at the schedule board, so that"
                " film and cleaning fit. Then check again."
            ),
            ("check_again",),
        ),
    ),
    (
        (*BOOKING_INVARIANTS, *CANCELLATION_INVARIANTS),
        IncidentKind(
            "",
            _BUYER,
            _(
                "Open the booking and read its events. Check again after a minute: what two workers"
                " did at the same moment may have met. If it stays, tell your technicians."
            ),
            ("check_again",),
        ),
    ),
)
_UNKNOWN = IncidentKind("", _("See the facts below."), _("Read the facts, act, and write it down."))


def _of_invariants() -> dict[str, IncidentKind]:
    families = {one.name: text for group, text in _FAMILIES for one in group}  # type: ignore[attr-defined]
    return {
        one.name: IncidentKind(
            one.rule,
            families[one.name].affected,
            families[one.name].advice,
            families[one.name].actions,
            families[one.name].is_urgent,
        )
        for one in INVARIANTS
    }


_INVARIANT_KINDS = _of_invariants()


def kind_of(name: str) -> IncidentKind:
    return KINDS.get(name) or _INVARIANT_KINDS.get(name) or _UNKNOWN
