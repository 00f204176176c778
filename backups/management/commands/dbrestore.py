"""Refused: replaces django-dbbackup's command, which knows no encryption and no verification."""

from backups.management.refused import RefusedCommand


class Command(RefusedCommand):
    instead = "restore"
