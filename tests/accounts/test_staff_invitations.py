"""Staff are invited to a role by email, and set up password and second factor with its link."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.admin.models import LogEntry
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from knox.models import AuthToken

from accounts.api.tokens import issue_token
from accounts.models import StaffInvitation, User, UserSession
from accounts.staff_access.invitations import LIFETIME
from movies.models import Role, StaffPost
from tests.accounts.invitations import CHOSEN, PAGE, accept_invitation, invitation_path
from tests.factories import PASSWORD, make_cinema, make_manager, make_staff, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("eager_tasks")]

ADD = reverse("admin:movies_staffpost_add")


@pytest.fixture
def client() -> Client:
    return Client(headers={"Accept-Language": "en"})


@pytest.fixture
def owner() -> User:
    return make_user(is_staff=True, is_superuser=True, name="The Owner")


@pytest.fixture
def office(owner: User) -> Client:
    office = Client(headers={"Accept-Language": "en"})
    office.force_login(owner, "django.contrib.auth.backends.ModelBackend")
    return office


def invited(email: str = "new@example.com", **fields: Any) -> dict[str, Any]:
    return {"email": email, "name": "New Person", "language": "en", "role": "usher"} | fields


def errors_of(answer: Any) -> dict[str, list[str]]:
    return dict(answer.context["adminform"].form.errors)


@pytest.mark.django_db(transaction=True)
def test_one_form_makes_account_and_role_and_sends_the_link(
    office: Client, owner: User, client: Client
) -> None:
    cinema = make_cinema()

    answer = office.post(ADD, invited("New@Example.com", cinema=cinema.pk))

    assert answer.status_code == 302
    user = User.objects.get(email="new@example.com")
    (message,) = mail.outbox
    path = re.search(r"/en/accounts/invitation/\S+", str(message.body))
    assert (user.name, user.is_staff, user.has_usable_password()) == ("New Person", True, False)
    assert list(user.posts.values_list("role", "cinema", "given_by")) == [
        ("usher", cinema.pk, owner.pk)
    ]
    assert (message.to, "The Owner" in message.body) == (["new@example.com"], True)
    assert path is not None

    client.get(path[0])
    done = client.post(PAGE, {"password": CHOSEN})
    user.refresh_from_db()

    assert done.headers["Location"] == "/en/accounts/2fa/?next=%2Fadmin%2F"
    assert client.get("/en/accounts/2fa/totp/activate/").status_code == 200
    assert user.check_password(CHOSEN)
    assert EmailAddress.objects.filter(user=user, verified=True, primary=True).exists()


@pytest.mark.django_db(transaction=True)
def test_account_with_a_second_factor_gets_the_role_without_a_link(office: Client) -> None:
    user = make_user()
    TOTP.activate(user, str(generate_totp_secret()))

    office.post(ADD, invited(user.email, role="chain_admin"))

    assert StaffPost.objects.filter(user=user).count() == 1
    assert (mail.outbox, StaffInvitation.objects.count()) == ([], 0)


def test_invitation_form_shows_errors(office: Client, owner: User) -> None:
    usher = make_staff(Role.USHER, None)
    inactive = make_user(is_active=False)

    answers = [
        errors_of(office.post(ADD, body))
        for body in (
            invited(name=""),
            invited(owner.email),
            invited(usher.email),
            invited(inactive.email),
        )
    ]

    assert answers == [
        {"name": ["Nobody has this address yet: please give their name."]},
        {"email": ["Nobody gives themselves a post."]},
        {"role": ["This person has this post already."]},
        {"email": ["This account is deactivated. Activate it first."]},
    ]
    assert StaffInvitation.objects.count() == 0


def test_link_works_once(client: Client) -> None:
    manager = make_manager(make_cinema())
    path = invitation_path(manager)
    other = Client(headers={"Accept-Language": "en"})
    client.get(path)
    other.get(path)

    first = client.post(PAGE, {"password": CHOSEN})
    second = other.post(PAGE, {"password": "another-password-9"})
    manager.refresh_from_db()

    assert (first.status_code, second.status_code) == (302, 404)
    assert manager.check_password(CHOSEN)


@pytest.mark.parametrize("case", ["too old", "withdrawn", "no role", "deactivated", "forged"])
def test_link_that_is_over_changes_nothing(client: Client, case: str) -> None:
    manager = make_manager(make_cinema())
    path = invitation_path(manager)
    if case == "too old":
        long_ago = timezone.now() - LIFETIME
        StaffInvitation.objects.update(sent_at=long_ago - timedelta(1), expires_at=long_ago)
    elif case == "withdrawn":
        invitation_path(manager)
    elif case == "no role":
        User.objects.update(is_staff=False)
    elif case == "deactivated":
        User.objects.update(is_active=False)
    else:
        path = path[:-2] + "x/"

    client.get(path)
    answers = client.get(PAGE), client.post(PAGE, {"password": CHOSEN})
    manager.refresh_from_db()

    assert [answer.status_code for answer in answers] == [404, 404]
    assert manager.check_password(PASSWORD)


def test_bad_password_leaves_the_link_open(client: Client) -> None:
    manager = make_manager(make_cinema())
    client.get(invitation_path(manager))

    answers = [client.post(PAGE, {"password": tried}) for tried in ("", "12345", CHOSEN)]

    assert [answer.status_code for answer in answers] == [200, 200, 302]


def test_using_the_link_ends_what_was_signed_in_before(client: Client) -> None:
    manager = make_manager(make_cinema())
    other_client = Client()
    other_client.force_login(manager, "django.contrib.auth.backends.ModelBackend")
    issue_token(manager, is_strong=False, at=timezone.now())

    accept_invitation(client, manager)

    assert AuthToken.objects.count() == 0
    assert list(UserSession.objects.values_list("session_id", flat=True)) == [
        client.session.session_key
    ]


@pytest.mark.parametrize("path", ["totp/activate/", "webauthn/add/"])
def test_password_alone_sets_up_no_factor(client: Client, path: str, settings: Any) -> None:
    """Nor an additional factor in a session without the existing one."""
    settings.STAFF_MFA_REQUIRED = True
    manager = make_manager(make_cinema())
    client.post("/en/accounts/login/", {"login": manager.email, "password": PASSWORD})
    before = client.get(f"/en/accounts/2fa/{path}"), client.post(f"/en/accounts/2fa/{path}", {})
    TOTP.activate(manager, str(generate_totp_secret()))
    after = client.get(f"/en/accounts/2fa/{path}")

    assert [answer.status_code for answer in (*before, after)] == [403, 403, 403]
    assert "You need an invitation link" in before[0].content.decode()


# --- The office's pages of a user ------------------------------------------------------------
def page_of(user: User, page: str) -> str:
    return reverse("admin:accounts_user_change", args=[user.pk]).replace("change/", f"{page}/")


@pytest.mark.django_db(transaction=True)
def test_reset_removes_the_factor_signs_out_and_sends_a_link(office: Client, owner: User) -> None:
    manager = make_manager(make_cinema())
    TOTP.activate(manager, str(generate_totp_secret()))
    theirs = Client()
    theirs.force_login(manager, "django.contrib.auth.backends.ModelBackend")

    shown = office.get(page_of(manager, "second-step"))
    before = Authenticator.objects.count()
    done = office.post(page_of(manager, "second-step"))

    assert (shown.status_code, before, done.status_code) == (200, 1, 302)
    assert Authenticator.objects.count() == UserSession.objects.filter(user=manager).count() == 0
    assert [message.to for message in mail.outbox] == [[manager.email]]
    assert [(entry.user_id, entry.change_message) for entry in LogEntry.objects.all()] == [
        (owner.pk, "The second step was removed and everything signed out.")
    ]


def test_signing_out_everywhere_ends_sessions_and_tokens(office: Client) -> None:
    manager = make_manager(make_cinema())
    theirs = Client()
    theirs.force_login(manager, "django.contrib.auth.backends.ModelBackend")
    issue_token(manager, is_strong=True, at=timezone.now())

    office.post(page_of(manager, "sign-out"))

    assert theirs.get("/en/accounts/profile/").status_code == 302
    assert AuthToken.objects.filter(user=manager).count() == 0
    assert LogEntry.objects.count() == 1


def test_link_is_sent_again_to_staff_without_a_factor_only(office: Client) -> None:
    manager, customer = make_manager(make_cinema()), make_user()
    protected = make_manager(make_cinema())
    TOTP.activate(protected, str(generate_totp_secret()))

    for user in (manager, customer, protected, manager):
        office.post(page_of(user, "invitation"))

    sent = [(row.user, row.withdrawn_at is None) for row in StaffInvitation.objects.order_by("pk")]
    assert sent == [(manager, False), (manager, True)]


def test_office_cannot_set_passwords(office: Client) -> None:
    customer = make_user()

    page = office.get(reverse("admin:accounts_user_change", args=[customer.pk])).content.decode()

    assert re.findall(r'name="([^"]*password[^"]*)"', page) == []
    assert office.get(reverse("admin:accounts_user_add")).status_code == 403


def test_page_lists_the_permissions_of_each_role(office: Client) -> None:
    page = office.get("/admin/movies/staffpost/permissions/")

    rows = {str(description): allowed for description, allowed in page.context["rows"]}
    assert rows["Admit visitors at the door"] == [True, True, True, False]
    assert rows["Invite people, and assign and remove roles"] == [True, False, False, False]


# --- The operator ---------------------------------------------------------------------------
def test_operator_prints_the_owners_link(owner: User, client: Client, capsys: Any) -> None:
    call_command("invite_staff", owner.email)
    path = re.search(r"/accounts/invitation/\S+", capsys.readouterr().out)
    assert path is not None

    client.get(f"/en{path[0]}")

    assert client.post(PAGE, {"password": CHOSEN}).status_code == 302
