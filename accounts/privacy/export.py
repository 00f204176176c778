"""Export of a person's data for that person (UU PDP, GDPR: access and portability)."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core.serializers.json import DjangoJSONEncoder
from knox.models import AuthToken

from accounts.models import User
from accounts.privacy.person import Person
from accounts.signals import personal_data_wanted

FILE_NAME = "layar-data"


def collect(person: Person, at: datetime) -> dict[str, Any]:
    """JSON-ready values by section; ``account`` is None for a guest."""
    collected: dict[str, Any] = {
        "made_at": at.isoformat(),
        "email_addresses": sorted(person.emails),
        "account": _account(person.user) if person.user else None,
    }
    personal_data_wanted.send(Person, person=person, collected=collected, at=at)
    return collected


def as_json(collected: dict[str, Any]) -> str:
    return json.dumps(collected, indent=2, ensure_ascii=False, cls=DjangoJSONEncoder)


def as_zip(collected: dict[str, Any]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(f"{FILE_NAME}.json", as_json(collected))
    return packed.getvalue()


def _account(user: User) -> dict[str, Any]:
    addresses = EmailAddress.objects.filter(user=user).order_by("pk")
    factors = Authenticator.objects.filter(user=user).order_by("pk")
    return {
        "email": user.email,
        "name": user.name,
        "phone": str(user.phone or ""),
        "language": user.language,
        "wants_sms": user.wants_sms,
        "joined_at": user.date_joined,
        "last_signed_in_at": user.last_login,
        "addresses": [
            {"email": each.email, "confirmed": each.verified, "primary": each.primary}
            for each in addresses
        ],
        "second_factors": [
            {"kind": each.type, "added_at": each.created_at, "last_used_at": each.last_used_at}
            for each in factors
        ],
        "consents": [
            {"page": each.kind, "version": each.version, "given_at": each.given_at}
            for each in user.consents.order_by("kind", "version")
        ],
        "invitations": [
            {"sent_at": each.sent_at, "used_at": each.redeemed_at}
            for each in user.invitations.order_by("sent_at")
        ],
        "apps_signed_in": [
            {"since": each.created, "until": each.expiry}
            for each in AuthToken.objects.filter(user=user).order_by("created")
        ],
    }
