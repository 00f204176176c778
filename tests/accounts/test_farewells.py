"""Confirmation pages after signing out and closing an account; notification of a former address."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from tests.factories import PASSWORD, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("eager_tasks")]


def test_signing_out_and_closing_an_account_are_confirmed() -> None:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(make_user(), "django.contrib.auth.backends.ModelBackend")
    out = client.post("/en/accounts/logout/", follow=True)
    client.force_login(make_user(), "django.contrib.auth.backends.ModelBackend")
    deleted = client.post("/en/accounts/profile/delete/", {"password": PASSWORD}, follow=True)

    assert "You are signed out" in out.content.decode()
    assert "Your account is deleted" in deleted.content.decode()


def test_former_address_is_notified_of_the_new_one() -> None:
    user = make_user(email="old@example.com", language="en")
    EmailAddress.objects.create(user=user, email="old@example.com", verified=True, primary=True)
    client = Client(headers={"Accept-Language": "en"})
    client.post("/en/accounts/login/", {"login": "old@example.com", "password": PASSWORD})
    client.post("/en/accounts/email/", {"action_add": "", "email": "new@example.com"})
    link = next(word for word in str(mail.outbox[-1].body).split() if "confirm-email" in word)

    client.post("/" + link.split("/", 3)[3])

    sent = [(message.to, message.subject) for message in mail.outbox]
    user.refresh_from_db()
    assert user.email == "new@example.com"
    assert sent[-1] == (["old@example.com"], "[Layar] Your account has a new email address")
