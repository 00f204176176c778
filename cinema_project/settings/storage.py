"""Storage of static files, uploads, exports and backups."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from whitenoise.compress import Compressor

from cinema_project.settings.env import BASE_DIR, DATA_DIR, env

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")
MEDIA_URL = "/media/"
MEDIA_ROOT = DATA_DIR / "media"
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
BACKUP_DIR = DATA_DIR / "backups"
BACKUP_PUBLIC_KEYS: list[str] = env.list("BACKUP_PUBLIC_KEYS", [])  # none: not encrypted
BACKUP_PRIVATE_KEY_FILE = env.str("BACKUP_PRIVATE_KEY_FILE", "")
BACKUP_KEEP_COUNT = env.int("BACKUP_KEEP_COUNT", 18)  # three days, one every four hours
BACKUP_KEEP_DAYS = env.int("BACKUP_KEEP_DAYS", 30)
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "cinema_project.static_files.StaticFilesStorage"},
    "dbbackup": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        # A dump holds personal data: only the process's user may read it.
        "OPTIONS": {
            "location": str(BACKUP_DIR),
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
}
EXPORT_DIR = DATA_DIR / "exports"
STORAGES["exports"] = {
    "BACKEND": "django.core.files.storage.FileSystemStorage",
    # Not below MEDIA_ROOT: a report is private to the person who requested it.
    "OPTIONS": {
        "location": str(EXPORT_DIR),
        "file_permissions_mode": 0o600,
        "directory_permissions_mode": 0o700,
    },
}
# With a bucket, backups are stored there instead of on this disk; any S3 service works.
BACKUP_S3_BUCKET = env.str("BACKUP_S3_BUCKET", "")
if BACKUP_S3_BUCKET:
    try:
        import storages  # noqa: F401 (named below by a string)
        from botocore.config import Config  # slow to load
    except ImportError:
        raise ImproperlyConfigured(
            "BACKUP_S3_BUCKET needs packages that are optional. Install them with: "
            "pip install --require-hashes -r requirements-aws.txt"
        ) from None

    STORAGES["dbbackup"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": BACKUP_S3_BUCKET,
            "location": env.str("BACKUP_S3_PREFIX", ""),
            "endpoint_url": env.str("BACKUP_S3_ENDPOINT_URL", "") or None,
            "region_name": env.str("BACKUP_S3_REGION", "") or None,
            # Empty: boto3 uses its own environment variables, files or instance credentials.
            "access_key": env.str("BACKUP_S3_ACCESS_KEY", "") or None,
            "secret_key": env.str("BACKUP_S3_SECRET_KEY", "") or None,
            "default_acl": None,  # the bucket's default: private
            "file_overwrite": False,
            # Account erasure writes there within its request and must not wait for minutes
            # while the service is down: a periodic task retries.
            "client_config": Config(
                signature_version="s3v4",
                connect_timeout=3,
                read_timeout=20,
                retries={"total_max_attempts": 2, "mode": "standard"},
            ),
        },
    }
DBBACKUP_CONNECTORS = {
    "default": {
        "CONNECTOR": "dbbackup.db.postgresql.PgDumpBinaryConnector",
        "DUMP_CMD": env.str("PG_DUMP", "pg_dump"),
        "RESTORE_CMD": env.str("PG_RESTORE", "pg_restore"),
    }
}
