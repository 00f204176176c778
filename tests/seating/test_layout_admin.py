"""Layout editor in the office: input, preview, publishing and permissions."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from movies.models import Studio
from seating.layouts.publishing import publish_layout
from seating.models import Layout
from tests.factories import (
    free_seats,
    make_cinema,
    make_confirmed_booking,
    make_manager,
    make_showtime,
    make_studio,
    make_user,
)

pytestmark = pytest.mark.django_db

GRID = "A  rrr\n\nB  cc"


@pytest.fixture
def studio() -> Studio:
    studio = make_studio(name="Studio 1")
    publish_layout(studio, GRID, note="First")
    return studio


@pytest.fixture
def office(client: Client, studio: Studio) -> Client:
    client.force_login(make_manager(studio.cinema))
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def page(studio: Studio) -> str:
    return f"/admin/seating/layout/studio/{studio.pk}/"


def typed(grid: str, **fields: Any) -> dict[str, Any]:
    return {"grid": grid, "base": 1, "note": "", "scope": "none", "step": "publish"} | fields


def text(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def part(response: Any, name: str) -> str | None:
    found = re.search(rf"<[^>]*data-{name}>([^<]*)<", response.content.decode())
    return found[1] if found else None


def faults_of(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def test_editor_opens_the_current_version_and_older_ones(office: Client, studio: Studio) -> None:
    publish_layout(studio, "A  p")

    now = office.get(page(studio))
    before = office.get(f"{page(studio)}?version=1")

    assert (now.context["form"]["grid"].value(), now.context["form"]["base"].value()) == (
        "A  p",
        2,
    )
    assert (before.context["form"]["grid"].value(), before.context["form"]["base"].value()) == (
        GRID,
        2,
    )
    assert [layout.version for layout in now.context["versions"]] == [2, 1]
    assert office.get(f"{page(studio)}?version=3").status_code == 404
    assert office.get(f"{page(studio)}?version=x").status_code == 404


def test_studio_without_layout_begins_with_an_example(client: Client) -> None:
    studio = make_studio()
    client.force_login(make_manager(studio.cinema))

    shown = client.get(page(studio))
    client.post(page(studio), typed(shown.context["form"]["grid"].value(), base=0))

    assert Layout.objects.get(studio=studio).seats.count() == 23


def test_preview_draws_counts_and_compares(office: Client, studio: Studio) -> None:
    shown = office.post(f"{page(studio)}preview/", {"grid": "A  rrP\n\nC  w"})

    drawn = re.findall(
        r'data-row="(\w)" data-category="(\w+)" data-status="(\w+)"', shown.content.decode()
    )
    assert drawn == [
        ("A", "regular", "available"),
        ("A", "regular", "available"),
        ("A", "premiere", "blocked"),
        ("C", "wheelchair", "available"),
    ]
    counts = re.findall(r'<li data-category="(\w+)"><strong>(\d+)', shown.content.decode())
    assert counts == [("regular", "2"), ("premiere", "1"), ("wheelchair", "1"), ("blocked", "1")]
    parts = [part(shown, name) for name in ("added", "removed", "changed")]
    assert parts == ["C1", "B1, B2", "A3"]


def test_preview_of_a_wrong_text_names_places_and_draws_the_rest(
    office: Client, studio: Studio
) -> None:
    shown = office.post(f"{page(studio)}preview/", {"grid": "A  rqr\nA  r\nB  r"})

    found = re.findall(r'data-line="(\d+)" data-column="(\d+)">([^<]*)<', shown.content.decode())
    assert found == [
        ("1", "5", "Line 1, column 5: “q” is no kind of seat."),
        ("2", "1", "Line 2, column 1: The row “A” is already in line 1."),
    ]
    assert re.findall(r'data-row="(\w)"', shown.content.decode()) == ["A", "A", "B"]
    assert part(shown, "added") is None


def test_preview_names_showtimes_that_would_lose_seats(office: Client, studio: Studio) -> None:
    showtime = make_showtime(studio, layout=studio.layouts.get())
    make_confirmed_booking(showtime, free_seats(showtime, 1))

    shown = office.post(f"{page(studio)}preview/", {"grid": "B  rr"})

    assert [
        (impact.showtime, impact.sold, [label for label, _why in impact.stranded])
        for impact in shown.context["preview"].impacts
    ] == [(showtime, 1, ["A1"])]
    assert "A1 (sold)" in text(shown)


def test_publishing_records_actor_and_reason(office: Client, studio: Studio) -> None:
    answer = office.post(page(studio), typed("A  rr\r\n", note="Smaller"))

    assert (answer.status_code, answer["Location"]) == (302, page(studio))
    layout = Layout.objects.get(studio=studio, version=2)
    assert (layout.grid, layout.note) == ("A  rr", "Smaller")
    assert layout.published_by == answer.wsgi_request.user
    assert faults_of(answer) == ["Version 2 is published."]


def test_invalid_text_is_shown_again_unchanged(office: Client, studio: Studio) -> None:
    answer = office.post(page(studio), typed("A  rc", note="Kept", scope="every"))

    assert answer.status_code == 200
    form = answer.context["form"]
    assert [form[name].value() for name in ("grid", "note", "scope")] == ["A  rc", "Kept", "every"]
    assert form.errors == {"grid": ["Please correct the plan."]}
    assert studio.layouts.count() == 1


def test_draw_button_publishes_nothing(office: Client, studio: Studio) -> None:
    answer = office.post(page(studio), typed("A  rr", step="preview"))

    assert part(answer, "removed") == "A3, B1, B2"
    assert studio.layouts.count() == 1


def test_stranded_seats_are_named_and_the_text_stays(office: Client, studio: Studio) -> None:
    showtime = make_showtime(studio, layout=studio.layouts.get())
    make_confirmed_booking(showtime, free_seats(showtime, 2))

    answer = office.post(page(studio), typed("A  r", scope="every"))

    local = showtime.starts_at.astimezone(studio.cinema.zone)
    start = f"{local.day} {local:%b %Y, %H:%M}"
    assert answer.context["form"].non_field_errors() == [
        "Seats that are sold or held would lose their place.",
        f"“{showtime.movie.title_en}”, {start}: A2 (sold)",
    ]
    assert answer.context["form"]["grid"].value() == "A  r"
    assert studio.layouts.count() == 1

    answer = office.post(page(studio), typed("A  r", scope="possible"))
    assert faults_of(answer) == [
        "Version 2 is published.",
        f"Keeps its layout: “{showtime.movie.title_en}”, {start}: A2 (sold)",
    ]


def test_newer_version_of_another_user_is_not_overwritten(office: Client, studio: Studio) -> None:
    publish_layout(studio, "A  ppp")

    answer = office.post(page(studio), typed("A  r"))

    assert studio.layouts.count() == 2
    assert answer.context["form"].non_field_errors() == [
        "Somebody published another version meanwhile. Compare with it below, then publish again."
    ]
    assert answer.context["form"]["base"].value() == "2"
    assert office.post(page(studio), typed("A  r", base=2)).status_code == 302


def test_layout_is_for_the_cinemas_own_managers(client: Client, studio: Studio) -> None:
    addresses = [page(studio), f"{page(studio)}preview/"]

    def answers() -> list[int]:
        seen = [client.get(addresses[0]).status_code]
        return seen + [client.post(way, typed("A  r")).status_code for way in addresses]

    assert answers() == [302, 302, 302]
    client.force_login(make_user())
    assert set(answers()) <= {302, 403}
    client.force_login(make_manager(make_cinema()))
    assert answers() == [404, 404, 404]
    assert studio.layouts.count() == 1

    client.force_login(make_manager(studio.cinema))
    assert answers() == [200, 302, 200]
    assert client.get(addresses[1]).status_code == 405


def test_page_of_a_studio_leads_to_its_layout(office: Client, studio: Studio) -> None:
    way = f"/admin/movies/studio/{studio.pk}/seat-layout/"

    assert office.get(way)["Location"] == page(studio)
    assert way in office.get(f"/admin/movies/studio/{studio.pk}/change/").content.decode()
    assert office.get("/admin/seating/layout/").status_code == 200
    assert office.get("/admin/seating/layout/add/")["Location"] == "/admin/movies/studio/"
