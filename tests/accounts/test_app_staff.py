"""Sessions of staff in an app: a second factor, and one working day."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.auth.session import STAFF_SESSION
from accounts.models import User
from bookings.tickets.codes import ticket_code
from tests.accounts.test_app_sign_up import call
from tests.accounts.test_staff_sign_in import code
from tests.accounts.test_staff_sign_in import manager as manager  # a fixture
from tests.accounts.test_staff_sign_in import secret as secret  # a fixture
from tests.factories import PASSWORD, make_confirmed_booking

pytestmark = pytest.mark.django_db


def test_staff_check_in_after_a_second_factor_until_their_working_day_is_over(
    manager: User, secret: str, settings: Any
) -> None:
    settings.STAFF_MFA_REQUIRED = True
    body = {"code": ticket_code(make_confirmed_booking().tickets.all()[0])}
    sign_in = {"email": manager.email, "password": PASSWORD}

    def check_in(token: str) -> int:
        headers = {"Authorization": f"Bearer {token}"}
        answer = Client(headers=headers).post("/api/v1/check-ins", body, "application/json")
        return int(answer.status_code)

    begun = call("post", "account/sessions", sign_in).json()
    assert (begun["status"], check_in(begun["token"])) == ("second_factor", 401)
    given = {"code": code(secret)}
    token = call("post", "account/session/second-factor", given, begun["token"]).json()["token"]
    assert check_in(token) == 409  # another cinema's ticket
    with time_machine.travel(timezone.now() + STAFF_SESSION):
        assert check_in(token) == 403
        assert call("get", "me", token=token).status_code == 200
