"""Errors of backups, shown to operators on the command line.

BackupError
├── BackupRunning     another backup or drill runs now
├── BackupFailed      nothing usable was made; what there was before is still there
├── BackupUnusable    a file that is not a whole backup, or that we hold no key for
└── RestoreRefused    a restore that would harm something, or a copy that is not right
"""

from __future__ import annotations


class BackupError(Exception):
    pass


class BackupRunning(BackupError):
    pass


class BackupFailed(BackupError):
    pass


class BackupUnusable(BackupError):
    pass


class RestoreRefused(BackupError):
    pass
