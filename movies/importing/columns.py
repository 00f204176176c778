"""The columns of the tables that can be imported, as people read about them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from movies.importing.plan import Column

FILM_COLUMNS = (
    Column(
        "slug",
        _("The film’s name in addresses; finds a film again. Empty: from the title."),
        ("laut-bercerita", "rumah-di-bukit"),
    ),
    Column("title_id", _("Title in Indonesian"), ("Laut Bercerita", "Rumah di Bukit")),
    Column("title_en", _("Title in English"), ("The Sea Speaks", "House on the Hill")),
    Column(
        "synopsis_id",
        _("Synopsis in Indonesian"),
        ("Seorang nelayan pulang.", "Sebuah keluarga pindah."),
    ),
    Column("synopsis_en", _("Synopsis in English"), ("A fisherman comes home.", "A family moves.")),
    Column("duration_minutes", _("Duration in minutes"), ("112", "98")),
    Column("classification", _("SU, 13+, 17+ or 21+"), ("13+", "SU")),
    Column(
        "genres",
        _("Names or slugs of genres, with commas between them"),
        ("drama", "drama, family"),
    ),
    Column("release_date", _("2026-11-25 or 25/11/2026"), ("2026-12-24", "01/01/2027")),
    Column("original_language", _("Original language"), ("Indonesia", "Indonesia")),
    Column("country", _("Country"), ("Indonesia", "Indonesia")),
    Column("director", _("Director"), ("Sari Utami", "Bayu Pratama")),
    Column("cast", _("Cast"), ("Dewi Lestari, Rangga Putra", "")),
    Column("distributor", _("Distributor"), ("Nusa Film", "")),
    Column("is_indonesian", _("Whether it is an Indonesian film: yes or no"), ("yes", "yes")),
    Column("attribution", _("Attribution"), ("", "")),
    Column("trailer_url", _("Address of the trailer"), ("", "")),
)
SHOWTIME_COLUMNS = (
    Column("cinema", _("Name or slug of the cinema"), ("Layar Menteng", "layar-menteng"), True),
    Column("studio", _("Name of the studio"), ("Studio 1", "Studio 2"), True),
    Column("film", _("Slug or title of the film"), ("laut-bercerita", "Rumah di Bukit"), True),
    Column(
        "date",
        _("The calendar day at the cinema, 2026-11-25 or 25/11/2026; 00:30 is on the next one"),
        ("2026-12-24", "25/12/2026"),
        True,
    ),
    Column("time", _("The cinema’s own time, 19:00"), ("19:00", "21:30"), True),
    Column("format", _("2D, 3D or LF; empty: 2D"), ("2D", "")),
    Column("audio", _("Language of the sound; empty: the film’s own"), ("Indonesia", "")),
    Column("subtitles", _("Language of the subtitles; empty: none"), ("English", "")),
    Column("price", _("Base price in rupiah; empty: the price cards decide"), ("55000", "")),
)
