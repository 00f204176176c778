"""Imports in the office: upload, preview of every row, confirmation, and permissions."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from movies.importing import uploads
from movies.importing.columns import FILM_COLUMNS
from movies.importing.films import FILMS
from movies.importing.showtimes import SHOWTIMES
from movies.importing.spreadsheets import FILE_BYTES_MAX, read_sheet
from movies.models import Movie, ScheduleBatch, Showtime
from tests.factories import make_layout, make_manager, make_user
from tests.movies.chain import Chain
from tests.movies.tables import csv_bytes, upload, xlsx_bytes

FILM_PAGE = "/admin/movies/movie/import/"
SHOWTIME_PAGE = "/admin/movies/showtime/import/"
SEA = [column.examples[0] for column in FILM_COLUMNS]
FILM_TABLE = [[column.name for column in FILM_COLUMNS], SEA]
SHOWTIME_TABLE = [
    ["cinema", "studio", "film", "date", "time", "price"],
    ["Layar Menteng", "Studio 1", "hujan", "25/11/2026", "19:00", "55000"],
    ["Layar Menteng", "Studio 1", "hujan", "25/11/2026", "20:00", "55000"],
]


def hidden(response: Any) -> dict[str, str]:
    fields = re.findall(r'name="(upload|fingerprint)" value="([^"]*)"', response.content.decode())
    return dict(fields)


def counts(response: Any) -> dict[str, int]:
    found = re.findall(r'data-count="(\w+)">(\d+)<', response.content.decode())
    return {name: int(count) for name, count in found}


def shown_messages(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def test_films_are_shown_then_imported_then_known(head_office: Client) -> None:
    content = xlsx_bytes(FILM_TABLE)
    shown = head_office.post(FILM_PAGE, {"file": upload(content, "films.xlsx")})
    assert counts(shown) == {"create": 1, "change": 0, "same": 0, "bad": 0}
    assert not Movie.objects.filter(slug="laut-bercerita").exists()

    done = head_office.post(FILM_PAGE, hidden(shown) | {"take": "all"})

    assert (done.status_code, done["Location"]) == (302, "/admin/movies/movie/")
    assert shown_messages(done) == ["Imported: 1 new, 0 changed, 0 as they were."]
    assert Movie.objects.filter(slug="laut-bercerita").count() == 1
    again = head_office.post(FILM_PAGE, {"file": upload(content, "films.xlsx")})
    assert counts(again) == {"create": 0, "change": 0, "same": 1, "bad": 0}
    assert "There is nothing to do." in again.content.decode()


def test_bad_rows_stop_all_unless_the_good_ones_are_chosen(office: Client, chain: Chain) -> None:
    make_layout(chain.west)
    shown = office.post(SHOWTIME_PAGE, {"file": upload(csv_bytes(SHOWTIME_TABLE, ";"))})
    assert counts(shown) == {"create": 1, "change": 0, "same": 0, "bad": 1}
    assert 'value="all"' not in shown.content.decode()

    refused = office.post(SHOWTIME_PAGE, hidden(shown) | {"take": "all"})
    assert (refused.status_code, Showtime.objects.count()) == (200, 4)

    done = office.post(SHOWTIME_PAGE, hidden(refused) | {"take": "good"})
    undo = reverse("admin:movies_schedulebatch_undo", args=[ScheduleBatch.objects.get().pk])
    assert shown_messages(done) == [
        "Imported: 1 new, 0 changed, 0 as they were.",
        f'<a href="{undo}">Undo this import…</a>',
        "Left out: rows 3.",
    ]
    assert Showtime.objects.count() == 5


def test_what_changed_since_the_preview_is_shown_again(head_office: Client, chain: Chain) -> None:
    table = [["slug", "title_en"], ["hujan", "Rain at Noon"]]
    shown = head_office.post(FILM_PAGE, {"file": upload(csv_bytes(table))})
    Movie.objects.filter(slug="hujan").update(title_en="Storm")

    again = head_office.post(FILM_PAGE, hidden(shown) | {"take": "all"})

    assert str(again.context["refusal"]) == (
        "Something changed meanwhile. Look at the rows again, then confirm."
    )
    assert Movie.objects.get(slug="hujan").title_en == "Storm"
    assert head_office.post(FILM_PAGE, hidden(again) | {"take": "all"}).status_code == 302
    assert Movie.objects.get(slug="hujan").title_en == "Rain at Noon"


def test_upload_is_its_owners_alone_and_ends(office: Client, chain: Chain) -> None:
    make_layout(chain.west)
    content = csv_bytes(SHOWTIME_TABLE[:2])
    shown = office.post(SHOWTIME_PAGE, {"file": upload(content)})
    confirmation = hidden(shown) | {"take": "all"}
    owner = shown.wsgi_request.user

    colleague = Client(headers={"accept-language": "en"})
    colleague.force_login(make_manager(chain.menteng))
    assert shown_messages(colleague.post(SHOWTIME_PAGE, confirmation)) == [
        "The upload is too old. Please upload it again."
    ]
    for other in ({"upload": "guess"}, {"upload": ""}):
        assert office.post(SHOWTIME_PAGE, confirmation | other).status_code == 302
    assert Showtime.objects.count() == 4

    uploads.discard("showtimes", owner.pk or 0)
    assert office.post(SHOWTIME_PAGE, confirmation)["Location"] == SHOWTIME_PAGE
    assert Showtime.objects.count() == 4


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"\x89PNG\x00", "This is no XLSX or CSV file that we can read."),
        (b"x" * (FILE_BYTES_MAX + 1), "A file has at most 2 MB."),
        (b"cinema,studio\r\na,b", "The column “film” is missing."),
        (b"", "The submitted file is empty."),
    ],
)
def test_file_that_cannot_be_read_is_refused_in_the_form(
    office: Client, content: bytes, expected: str
) -> None:
    shown = office.post(SHOWTIME_PAGE, {"file": upload(content)})

    assert shown.context["form"].errors == {"file": [expected]}
    assert office.post(SHOWTIME_PAGE).context["form"].errors == {
        "file": ["This field is required."]
    }


@pytest.mark.parametrize(("address", "kind"), [(FILM_PAGE, FILMS), (SHOWTIME_PAGE, SHOWTIMES)])
@pytest.mark.parametrize("wanted", ["csv", "xlsx"])
def test_templates_can_be_read_again(
    head_office: Client, address: str, kind: Any, wanted: str
) -> None:
    answer = head_office.get(address, {"template": wanted})

    assert answer["Content-Disposition"] == f'attachment; filename="{kind.name}.{wanted}"'
    sheet = read_sheet(answer.content)
    assert sheet.columns == tuple(column.name for column in kind.columns)
    assert [row.cells for row in sheet.rows] == [
        {column.name: column.examples[n] for column in kind.columns if column.examples[n]}
        for n in (0, 1)
    ]


def test_imports_are_for_who_may_programme(client: Client, chain: Chain) -> None:
    def answers() -> list[int]:
        return [
            status
            for address in (FILM_PAGE, SHOWTIME_PAGE)
            for status in (client.get(address).status_code, client.post(address).status_code)
        ]

    assert answers() == [302] * 4
    client.force_login(make_user())
    assert set(answers()) <= {302, 403}
    client.force_login(make_user(is_staff=True))
    assert answers() == [403] * 4
    client.force_login(make_manager(chain.menteng))
    assert answers() == [403, 403, 200, 200]


def test_lists_lead_to_their_imports(client: Client, chain: Chain) -> None:
    lists = {"/admin/movies/movie/": FILM_PAGE, "/admin/movies/showtime/": SHOWTIME_PAGE}

    def buttons() -> list[bool]:
        return [way in client.get(page).content.decode() for page, way in lists.items()]

    client.force_login(make_manager(chain.menteng))
    assert buttons() == [False, True]
    client.force_login(make_user(is_staff=True, is_superuser=True))
    assert buttons() == [True, True]
