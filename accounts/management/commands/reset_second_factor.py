"""``manage.py reset_second_factor``: for staff who lost their phone and recovery codes."""

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
        "Remove a user's authenticator app, passkeys, recovery codes and API tokens. They set up a "
        "new second factor at the next sign-in. Verify first that the user is asking."
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
