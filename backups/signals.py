"""What the floors above may hear of backups: that somebody must look.

Sent once the row is written, outside any transaction.
"""

from django.dispatch import Signal

backup_failed = Signal()  # run: BackupRun, at: datetime
drill_failed = Signal()  # drill: BackupDrill, at: datetime
# Sent inside a copy that was restored and judged right, before it is used. Receivers may write to
# it; one that raises stops the restore. told: list[str] to add lines to, at: datetime
copy_restored = Signal()
