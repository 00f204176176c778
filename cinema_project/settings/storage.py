"""Storage of static files, uploads, exports and backups."""

from __future__ import annotations

from typing import Any

from whitenoise.compress import Compressor

from cinema_project.settings.env import BASE_DIR, DATA_DIR, env
from cinema_project.settings.s3 import S3Account, public_address

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")
MEDIA_URL = "/media/"
MEDIA_ROOT = DATA_DIR / "media"
MEDIA_MAX_AGE_SECONDS = 24 * 60 * 60
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
# With a bucket, files are stored there instead of on this disk.
BACKUP_S3_BUCKET = env.str("BACKUP_S3_BUCKET", "")
if BACKUP_S3_BUCKET:
    STORAGES["dbbackup"] = S3Account(
        endpoint_url=env.str("BACKUP_S3_ENDPOINT_URL", ""),
        region=env.str("BACKUP_S3_REGION", ""),
        access_key=env.str("BACKUP_S3_ACCESS_KEY", ""),
        secret_key=env.str("BACKUP_S3_SECRET_KEY", ""),
    ).storage(
        setting="BACKUP_S3_BUCKET",
        bucket=BACKUP_S3_BUCKET,
        prefix=env.str("BACKUP_S3_PREFIX", ""),
    )
_FILES = S3Account(
    endpoint_url=env.str("FILES_S3_ENDPOINT_URL", ""),
    region=env.str("FILES_S3_REGION", ""),
    access_key=env.str("FILES_S3_ACCESS_KEY", ""),
    secret_key=env.str("FILES_S3_SECRET_KEY", ""),
)
MEDIA_S3_BUCKET = env.str("MEDIA_S3_BUCKET", "")
MEDIA_ORIGINS: list[str] = []  # of images that are not served by this site
if MEDIA_S3_BUCKET:
    _media_address = public_address("MEDIA_S3_PUBLIC_URL", env.str("MEDIA_S3_PUBLIC_URL", ""))
    STORAGES["default"] = _FILES.storage(
        setting="MEDIA_S3_BUCKET",
        bucket=MEDIA_S3_BUCKET,
        object_parameters={"CacheControl": f"public, max-age={MEDIA_MAX_AGE_SECONDS}"},
        **_media_address,
    )
    MEDIA_ORIGINS = [
        f"{_media_address['url_protocol']}//{_media_address['custom_domain'].partition('/')[0]}"
    ]
EXPORTS_S3_BUCKET = env.str("EXPORTS_S3_BUCKET", "")
if EXPORTS_S3_BUCKET:
    STORAGES["exports"] = _FILES.storage(setting="EXPORTS_S3_BUCKET", bucket=EXPORTS_S3_BUCKET)
DBBACKUP_CONNECTORS = {
    "default": {
        "CONNECTOR": "dbbackup.db.postgresql.PgDumpBinaryConnector",
        "DUMP_CMD": env.str("PG_DUMP", "pg_dump"),
        "RESTORE_CMD": env.str("PG_RESTORE", "pg_restore"),
    }
}
