"""``manage.py invite_staff``: an invitation link for the owner."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.auth.session import has_second_factor
from accounts.models import User
from accounts.staff_access.invitations import invite


class Command(BaseCommand):
    help = (
        "Print a link with which a member of staff sets up a password and a second factor. It works"
        " once, for two days; an earlier link stops working."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email__iexact=options["email"]).first()
        if user is None or not (user.is_staff and user.is_active):
            raise CommandError(f"no active member of staff signs in as {options['email']}")
        if has_second_factor(user):
            raise CommandError(f"{user.email} has a second factor: reset_second_factor removes it")
        self.stdout.write(invite(user=user, by=None, at=timezone.now(), by_email=False).url)
