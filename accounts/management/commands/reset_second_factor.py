"""For a member of staff whose phone is lost, with its recovery codes."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from knox.models import AuthToken

from accounts.models import User


class Command(BaseCommand):
    help = (
        "Removes somebody's app, passkeys and recovery codes, and their API tokens. At their next "
        "sign-in they set up a new second factor. Make sure first that it is they who ask."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email__iexact=options["email"]).first()
        if user is None:
            raise CommandError(f"nobody signs in as {options['email']}")
        removed, _rows = Authenticator.objects.filter(user=user).delete()
        AuthToken.objects.filter(user=user).delete()
        self.stdout.write(f"{removed} second factors of {user.email} removed")
