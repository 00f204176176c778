"""Signals about backups, sent after the row is written, outside any transaction."""

from django.dispatch import Signal

backup_failed = Signal()  # run: BackupRun, at: datetime
drill_failed = Signal()  # drill: BackupDrill, at: datetime
# Sent inside a verified restored copy before it is used. Receivers may write to it; an exception
# stops the restore. report_lines: list[str] of lines to report, at: datetime
copy_restored = Signal()
