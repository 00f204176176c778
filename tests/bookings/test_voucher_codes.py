"""Complete voucher codes are shown only to users who may change prices; an auditor sees the first
characters."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from bookings.models import Booking, Voucher
from core.audit import history_of
from movies.models import Role
from tests.factories import make_confirmed_booking, make_manager, make_staff, make_voucher

pytestmark = pytest.mark.django_db

CODE = "RAHASIA2026"


@pytest.fixture
def voucher() -> Voucher:
    return make_voucher(code=CODE)


@pytest.fixture
def booking(voucher: Voucher) -> Booking:
    """A booking paid with the voucher, whose code was changed once, so that the audit log contains
    it."""
    booking = make_confirmed_booking(voucher=voucher)
    Voucher.objects.filter(pk=voucher.pk).update(code=f"{CODE}B")
    Voucher.objects.filter(pk=voucher.pk).update(code=CODE)
    return booking


def office(user: User) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def pages(booking: Booking) -> dict[str, str]:
    voucher = booking.voucher
    assert voucher is not None
    history = history_of(Voucher).objects.order_by("pgh_id")[0]
    last = timezone.now() + timedelta(days=400)
    report = {"first": f"{last - timedelta(days=800):%Y-%m-%d}", "last": f"{last:%Y-%m-%d}"}
    return {
        "list": reverse("admin:bookings_voucher_changelist"),
        "form": reverse("admin:bookings_voucher_change", args=[voucher.pk]),
        "booking": reverse("admin:bookings_booking_change", args=[booking.pk]),
        "history": reverse("admin:bookings_voucherhistory_changelist"),
        "history of one": reverse("admin:bookings_voucherhistory_change", args=[history.pk]),
        "report": reverse("reports:report", args=["vouchers"], query=report | {"basis": "show"}),
    }


def showing(client: Client, booking: Booking) -> set[str]:
    """Names of the pages that contain the whole code."""
    bodies = {name: client.get(path) for name, path in pages(booking).items()}
    assert {answer.status_code for answer in bodies.values()} <= {200, 400}
    return {name for name, answer in bodies.items() if CODE in answer.content.decode()}


def test_auditor_sees_no_whole_code_on_any_page(booking: Booking) -> None:
    auditor = make_staff(Role.AUDITOR, booking.showtime.studio.cinema)

    assert showing(office(auditor), booking) == set()


def test_manager_of_vouchers_sees_codes(booking: Booking) -> None:
    manager = make_manager(booking.showtime.studio.cinema)

    shown = showing(office(manager), booking)

    assert shown == {"list", "form", "history", "history of one"} | (shown & {"report"})


@pytest.mark.parametrize(
    "query",
    [{"q": CODE}, {"q": CODE[:3]}, {"code__startswith": "R"}, {"code": CODE}],
)
@pytest.mark.parametrize("page", ["voucher", "voucherhistory"])
def test_search_and_filters_reveal_nothing_to_an_auditor(
    booking: Booking, query: dict[str, str], page: str
) -> None:
    make_voucher(code="SOMETHING")
    client = office(make_staff(Role.AUDITOR, None))
    path = reverse(f"admin:bookings_{page}_changelist")
    every = client.get(path).context["cl"].result_count

    answer = client.get(path, query)

    assert answer.status_code in (302, 400) or answer.context["cl"].result_count == every


def test_names_of_vouchers_are_masked_in_logs(voucher: Voucher) -> None:
    assert str(voucher) == f"RA•••• #{voucher.pk}"
    assert [str(make_voucher(code=code)).partition("•")[0] for code in ("AB", "ABCD")] == ["", "A"]


def test_report_names_whole_codes_to_who_may_change_prices(booking: Booking) -> None:
    cinema = booking.showtime.studio.cinema
    path = pages(booking)["report"]

    bodies = [
        office(user).get(path).content.decode()
        for user in (make_staff(Role.AUDITOR, cinema), make_manager(cinema))
    ]

    assert [(CODE in page, "RA••••" in page) for page in bodies] == [
        (False, True),
        (True, False),
    ]
