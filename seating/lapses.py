"""History of seats that were held and not sold; seats store only their present state."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

# A seat stores its hold only while it is held, and holding should not cost more: the trigger
# records what was held and not sold, however it was let go.
LET_GO = "OLD.status = 'held' AND NEW.status <> 'sold' AND NEW.hold_id IS DISTINCT FROM OLD.hold_id"
WRITE_LAPSE = """
    INSERT INTO seating_seatlapse (showtime_id, seat_id, hold_id, held_until, let_go_at)
    VALUES (OLD.showtime_id, OLD.seat_id, OLD.hold_id, OLD.held_until, statement_timestamp());
    RETURN NULL;
"""


class SeatLapse(models.Model):
    """One seat that a hold had and let go unsold. Written by a trigger only.

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
