"""``manage.py reset_second_factor``: for staff who lost their phone and recovery codes."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.staff_access.invitations import invite
from accounts.staff_access.sign_out import remove_second_factors


class Command(BaseCommand):
    help = (
        "Remove a user's authenticator app, passkeys and recovery codes, sign them out everywhere "
        "and print the link with which staff set up a new one. Verify first who asks."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email__iexact=options["email"]).first()
        if user is None:
            raise CommandError(f"nobody signs in as {options['email']}")
        removed = remove_second_factors(user)
        self.stdout.write(f"{removed} second factors of {user.email} removed")
        if user.is_staff and user.is_active:
            self.stdout.write(invite(user=user, by=None, at=timezone.now(), by_email=False).url)
