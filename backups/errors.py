"""What backups refuse; told to operators, so in plain words and not through the site.

BackupError
├── BackupRunning   another backup runs now
└── BackupFailed    nothing usable was made; what there was before is still there
"""

from __future__ import annotations


class BackupError(Exception):
    pass


class BackupRunning(BackupError):
    pass


class BackupFailed(BackupError):
    pass
