"""Account emails: plain text, and the same as HTML in the design of all emails."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.test import Client

from accounts.tasks import email_html
from tests.factories import PASSWORD, make_user

BUTTON = re.compile(r'<a href="(\S+)"\s+style="display:inline-block[^>]*>([^<]*)</a>')
EMAILS = {
    "en": [
        ("[Layar] Confirm your email address", "Confirm the address"),
        ("[Layar] You have an account already", "Choose a new password"),
        ("[Layar] Choose a new password", "Choose a new password"),
        ("[Layar] No account has this address", "Make an account"),
    ],
    "id": [
        ("[Layar] Konfirmasi alamat email Anda", "Konfirmasi alamat"),
        ("[Layar] Anda sudah punya akun", "Buat kata sandi baru"),
        ("[Layar] Buat kata sandi baru", "Buat kata sandi baru"),
        ("[Layar] Tidak ada akun dengan alamat ini", "Buat akun"),
    ],
}


@pytest.mark.django_db
@pytest.mark.usefixtures("eager_tasks")
@pytest.mark.parametrize(("language", "prefix"), [("en", "/en"), ("id", "")])
def test_account_emails_have_html_with_the_link_as_a_button(language: str, prefix: str) -> None:
    make_user(email="rani@example.com")
    client = Client(headers={"Accept-Language": language})
    for email in ("nina@example.com", "rani@example.com"):
        fields = {"name": "Somebody", "email": email, "password1": PASSWORD}
        client.post(f"{prefix}/accounts/signup/", fields)
    for email in ("rani@example.com", "nobody@example.com"):
        client.post(f"{prefix}/accounts/password/reset/", {"email": email})

    found = []
    for message in mail.outbox:
        assert isinstance(message, EmailMultiAlternatives)
        [(html, kind)] = message.alternatives
        [(link, label)] = BUTTON.findall(str(html))
        assert (kind, link in str(message.body).split()) == ("text/html", True)
        assert f'<html lang="{language}"' in str(html)
        found.append((message.subject, label))
    assert found == EMAILS[language]


def test_only_own_links_become_buttons_and_text_is_escaped() -> None:
    foreign = "http://evil.example/x"
    body = f"Hello <b>Rani</b>,\n\n{foreign}\n\nhttp://localhost:8000/en/\n\nBye\nall"

    html = email_html("[Layar] Subject", body, "Go on")

    assert BUTTON.findall(html) == [("http://localhost:8000/en/", "Go on")]
    assert f'href="{foreign}' not in html
    assert "Hello &lt;b&gt;Rani&lt;/b&gt;," in html
    assert "Bye<br>all" in html
