"""What the floors above may hear of backups: that somebody must look.

Sent once the row is written, outside any transaction.
"""

from django.dispatch import Signal

backup_failed = Signal()  # run: BackupRun, at: datetime
drill_failed = Signal()  # drill: BackupDrill, at: datetime
