"""Columns of the tables that can be imported."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from movies.importing.plan import Column
from movies.models import Movie


def _film_column(name: str, meaning: Any, examples: tuple[str, str], *aliases: str) -> Column:
    field = Movie._meta.get_field(name)
    return Column(
        name, meaning, examples, label=getattr(field, "verbose_name", ""), aliases=aliases
    )


FILM_COLUMNS = (
    _film_column(
        "slug",
        _("The film’s name in addresses; finds a film again. Empty: from the title."),
        ("laut-bercerita", "rumah-di-bukit"),
    ),
    _film_column(
        "title_id",
        _("Title in Indonesian"),
        ("Laut Bercerita", "Rumah di Bukit"),
        "Judul",
        "Judul film",
        "Judul Indonesia",
        "Title",
    ),
    _film_column(
        "title_en",
        _("Title in English"),
        ("The Sea Speaks", "House on the Hill"),
        "Judul Inggris",
        "English title",
    ),
    _film_column(
        "synopsis_id",
        _("Synopsis in Indonesian"),
        ("Seorang nelayan pulang.", "Sebuah keluarga pindah."),
        "Sinopsis",
        "Synopsis",
    ),
    _film_column(
        "synopsis_en", _("Synopsis in English"), ("A fisherman comes home.", "A family moves.")
    ),
    _film_column(
        "duration_minutes",
        _("Duration in minutes"),
        ("112", "98"),
        "Durasi",
        "Duration",
        "Length",
        "Runtime",
    ),
    _film_column(
        "classification",
        _("SU, 13+, 17+ or 21+"),
        ("13+", "SU"),
        "Rating",
        "Rating usia",
        "Klasifikasi usia",
        "Batas usia",
        "LSF",
    ),
    _film_column(
        "genres",
        _("Names or slugs of genres, with commas between them"),
        ("drama", "drama, family"),
        "Genre",
    ),
    _film_column(
        "release_date",
        _("2026-11-25 or 25/11/2026"),
        ("2026-12-24", "01/01/2027"),
        "Tgl rilis",
        "Rilis",
        "Release",
        "Tanggal tayang",
    ),
    _film_column(
        "original_language",
        _("Original language"),
        ("Indonesia", "Indonesia"),
        "Bahasa",
        "Language",
    ),
    _film_column("country", _("Country"), ("Indonesia", "Indonesia")),
    _film_column("director", _("Director"), ("Sari Utami", "Bayu Pratama"), "Director"),
    _film_column("cast", _("Cast"), ("Dewi Lestari, Rangga Putra", ""), "Pemeran", "Pemain"),
    _film_column("distributor", _("Distributor"), ("Nusa Film", ""), "Distributor"),
    _film_column("is_indonesian", _("Whether it is an Indonesian film: yes or no"), ("yes", "yes")),
    _film_column("attribution", _("Attribution"), ("", "")),
    _film_column("trailer_url", _("Address of the trailer"), ("", ""), "Trailer"),
)
SHOWTIME_COLUMNS = (
    Column(
        "cinema",
        _("Name or slug of the cinema"),
        ("Layar Menteng", "layar-menteng"),
        is_required=True,
        label=_("Cinema"),
        aliases=(
            "Bioskop",
            "Lokasi",
        ),
    ),
    Column(
        "studio",
        _("Name of the studio"),
        ("Studio 1", "Studio 2"),
        is_required=True,
        label=_("Studio"),
        aliases=(
            "Auditorium",
            "Screen",
        ),
    ),
    Column(
        "film",
        _("Slug or title of the film"),
        ("laut-bercerita", "Rumah di Bukit"),
        is_required=True,
        label=_("Film"),
        aliases=(
            "Judul film",
            "Judul",
            "Movie",
            "Title",
        ),
    ),
    Column(
        "date",
        _("The calendar day at the cinema, 2026-11-25 or 25/11/2026; 00:30 is on the next one"),
        ("2026-12-24", "25/12/2026"),
        is_required=True,
        label=_("Day"),
        aliases=(
            "Tanggal",
            "Tgl",
            "Date",
            "Hari",
        ),
    ),
    Column(
        "time",
        _("The cinema’s own time, 19:00"),
        ("19:00", "21:30"),
        is_required=True,
        label=_("Hour"),
        aliases=(
            "Jam",
            "Jam tayang",
            "Jam mulai",
            "Mulai",
            "Start",
            "Waktu",
        ),
    ),
    Column(
        "format",
        _("2D, 3D or LF; empty: 2D"),
        ("2D", ""),
        label=_("Format"),
        aliases=(
            "Format layar",
            "Tipe",
        ),
    ),
    Column(
        "audio",
        _("Language of the sound; empty: the film’s own"),
        ("Indonesia", ""),
        label=_("Audio"),
        aliases=(
            "Bahasa",
            "Language",
            "Suara",
        ),
    ),
    Column(
        "subtitles",
        _("Language of the subtitles; empty: none"),
        ("English", ""),
        label=_("Subtitles"),
        aliases=(
            "Teks",
            "Takarir",
            "Subtitle",
        ),
    ),
    Column(
        "price",
        _("Base price in rupiah; empty: the price cards decide"),
        ("55000", ""),
        label=_("Base price (Rp)"),
        aliases=(
            "Harga",
            "Harga dasar",
            "Harga tiket",
            "HTM",
            "Base price",
        ),
    ),
)
