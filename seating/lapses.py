"""History of seats that were held and not sold; seats store only their present state."""

from __future__ import annotations

from uuid import UUID

from django.db import models
from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

# A seat stores its hold only while it is held, and holding should not cost more: the trigger
# records what was held and not sold, however it was released.
LET_GO = "OLD.status = 'held' AND NEW.status <> 'sold' AND NEW.hold_id IS DISTINCT FROM OLD.hold_id"
# The time of a hold can be extended once (``seating.holds.extension``).
EXTENDED_AGAIN = (
    "OLD.extended_at IS NOT NULL AND (NEW.extended_at IS DISTINCT FROM"
    " OLD.extended_at OR NEW.expires_at > OLD.expires_at)"
)
REFUSE_EXTENSION = (
    "RAISE EXCEPTION 'hold was extended before'"
    " USING ERRCODE = 'check_violation', CONSTRAINT = 'hold_extended_once';"
)
WRITE_LAPSE = """
    INSERT INTO seating_seatlapse (showtime_id, seat_id, hold_id, held_until, let_go_at)
    VALUES (OLD.showtime_id, OLD.seat_id, OLD.hold_id, OLD.held_until, statement_timestamp());
    RETURN NULL;
"""


class SeatLapse(models.Model):
    """One seat that a hold released unsold. Written by a trigger only.

    History without foreign key constraints, so that writing it locks no referenced row.
    """

    showtime = models.ForeignKey(
        "movies.Showtime",
        models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
        null=True,
    )
    seat = models.ForeignKey(
        "seating.Seat", models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    hold = models.ForeignKey(
        "seating.Hold", models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    held_until = models.DateTimeField(_("held until"))
    let_go_at = models.DateTimeField(_("let go"))

    class Meta:
        ordering = ["let_go_at", "id"]
        verbose_name = _("seat let go")
        verbose_name_plural = _("seats let go")
        indexes = [models.Index(fields=["showtime", "seat"], name="seat_lapse_of_seat")]

    def __str__(self) -> str:
        return f"{self.showtime_id}/{self.seat_id} {self.let_go_at:%Y-%m-%d %H:%M}"


def expired_with(*, showtime_id: int, hold_id: UUID) -> QuerySet[SeatLapse, int]:
    """Ids of the seats that the hold had at the end of its time and has released since."""
    released = SeatLapse.objects.filter(showtime_id=showtime_id, hold_id=hold_id)
    return released.filter(let_go_at__gte=F("held_until")).values_list("seat_id", flat=True)
