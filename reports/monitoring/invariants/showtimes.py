"""Scheduled showtimes leave time for their film and the studio's rules."""

from django.utils.translation import gettext_lazy as _

from reports.monitoring.invariants.invariant import Invariant

SHOWTIME_INVARIANTS = (
    Invariant(
        "showtime_too_short",
        _("A showtime ends no earlier than its film plus the studio’s trailers and cleaning."),
        # Past showtimes keep the ends of their day, whatever the rules are now.
        """
        SELECT showtime.id::text, showtime.id, jsonb_build_object(
                   'ends_at', showtime.ends_at, 'needed_until', needed.until)
        FROM movies_showtime showtime
        JOIN movies_movie movie ON movie.id = showtime.movie_id
        JOIN movies_studio studio ON studio.id = showtime.studio_id
        CROSS JOIN LATERAL (SELECT showtime.starts_at + interval '1 minute' * (
            studio.trailers_minutes + movie.duration_minutes + studio.cleaning_minutes)
            AS until) AS needed
        WHERE showtime.cancelled_at IS NULL AND showtime.starts_at > statement_timestamp()
          AND showtime.ends_at < needed.until
        """,
    ),
)
