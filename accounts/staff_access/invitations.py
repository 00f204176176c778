"""Invitations of staff: sending and redeeming them.

The link is signed and names a row, which is open until it is used, withdrawn by a newer one or
too old. Redeeming it sets the password, confirms the address and ends all earlier sessions.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import signing
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from accounts.models import StaffInvitation, User
from accounts.staff_access.sign_out import sign_out_everywhere
from accounts.tasks import queue_email
from core.errors import Refused

SALT = "accounts.staff_access.invitations"
LIFETIME = timedelta(hours=48)


class InvitationOver(Refused):
    code = "invitation_over"
    message = _("This link no longer works. Please ask for a new one.")


@dataclass(frozen=True)
class SentInvitation:
    invitation: StaffInvitation
    url: str


@transaction.atomic
def invite(*, user: User, by: User | None, at: datetime, by_email: bool = True) -> SentInvitation:
    """Withdraw the user's open invitation and send a new one after the commit.

    Locks the user. ``by`` is None for the installation's operator (a command), who may print the
    link instead.
    """
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)
    withdraw(user=user, at=at)
    invitation = StaffInvitation.objects.create(
        user=user, sent_by=by, sent_at=at, expires_at=at + LIFETIME
    )
    with translation.override(user.language):
        url = settings.SITE_URL + reverse("accounts:invitation_link", args=[token(invitation)])
    if by_email:
        transaction.on_commit(lambda: _send(invitation, url))
    return SentInvitation(invitation, url)


def withdraw(*, user: User, at: datetime) -> int:
    """Withdraw the user's open invitation; how many there were."""
    waiting = StaffInvitation.objects.filter(
        user=user, redeemed_at__isnull=True, withdrawn_at__isnull=True
    )
    return waiting.update(withdrawn_at=at)


def token(invitation: StaffInvitation) -> str:
    return signing.dumps(invitation.pk, salt=SALT)


def open_invitation(given: str, at: datetime) -> StaffInvitation:
    """The invitation of a link. Raises InvitationOver."""
    try:
        invitation_id = signing.loads(given, salt=SALT, max_age=LIFETIME)
    except signing.BadSignature:
        raise InvitationOver() from None
    found = StaffInvitation.objects.filter(
        pk=invitation_id,
        expires_at__gt=at,
        redeemed_at__isnull=True,
        withdrawn_at__isnull=True,
        user__is_active=True,
        user__is_staff=True,
    )
    invitation = found.select_related("user").first()
    if invitation is None:
        raise InvitationOver()
    return invitation


@transaction.atomic
def redeem(*, given: str, password: str, at: datetime) -> User:
    """Redeem the link: set the password, confirm the address, end all other sessions.

    Locks the user, then the invitation. Raises InvitationOver.
    """
    user_id = open_invitation(given, at).user_id
    user = User.objects.select_for_update(of=("self",), no_key=True).get(pk=user_id)
    invitation = open_invitation(given, at)
    invitation.redeemed_at = at
    invitation.save(update_fields=["redeemed_at"])
    user.set_password(password)
    user.save(update_fields=["password"])
    _confirm_address(user)
    sign_out_everywhere(user)
    return user


def _confirm_address(user: User) -> None:
    """The link was sent to the inbox. Another account cannot have confirmed the address."""
    address, is_new = EmailAddress.objects.get_or_create(
        user=user, email=user.email, defaults={"verified": True, "primary": True}
    )
    if not is_new and not address.verified:
        address.set_verified()


def _send(invitation: StaffInvitation, url: str) -> None:
    user = invitation.user
    context = {
        "site_name": settings.SITE_NAME,
        "name": user.name,
        "sender": invitation.sent_by,
        "url": url,
        "hours": LIFETIME // timedelta(hours=1),
    }
    with translation.override(user.language):
        subject = render_to_string("account/email/staff_invitation_subject.txt", context)
        body = render_to_string("account/email/staff_invitation_message.txt", context)
        label = str(_("Set up your access"))
        full_subject = settings.ACCOUNT_EMAIL_SUBJECT_PREFIX + subject.strip()
        queue_email(full_subject, body, settings.DEFAULT_FROM_EMAIL, [user.email], label)
