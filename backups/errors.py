"""Errors of backups, shown to operators on the command line.

BackupError
├── BackupRunning     another backup or drill runs now
├── BackupFailed      no usable backup was made; earlier ones are unchanged
├── BackupUnusable    an incomplete backup, or one without a matching key
└── RestoreRefused    a restore that would overwrite data, or a copy that fails verification
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
