"""Storage in buckets of any service with the S3 API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

CONNECT_SECONDS = 3
READ_SECONDS = 20
ATTEMPTS_MAX = 2


@dataclass(frozen=True, kw_only=True)
class S3Account:
    """Endpoint and credentials of a bucket; boto3's default for an empty value."""

    endpoint_url: str
    region: str
    access_key: str
    secret_key: str

    def storage(
        self, *, setting: str, bucket: str, prefix: str = "", **options: Any
    ) -> dict[str, Any]:
        """An entry of ``STORAGES`` for ``bucket``, which the variable ``setting`` names.

        Raises ImproperlyConfigured where the optional packages are missing.
        """
        try:
            import storages  # noqa: F401 (named below by a string)
            from botocore.config import Config  # slow to load
        except ImportError:
            raise ImproperlyConfigured(
                f"{setting} needs packages that are optional. Install them with: "
                "pip install --require-hashes -r requirements-aws.txt"
            ) from None
        return {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {
                "bucket_name": bucket,
                "location": prefix,
                "endpoint_url": self.endpoint_url or None,
                "region_name": self.region or None,
                "access_key": self.access_key or None,
                "secret_key": self.secret_key or None,
                "default_acl": None,  # the bucket's default: private
                "file_overwrite": False,
                # A request must not wait for minutes while the service is down.
                "client_config": Config(
                    signature_version="s3v4",
                    connect_timeout=CONNECT_SECONDS,
                    read_timeout=READ_SECONDS,
                    retries={"total_max_attempts": ATTEMPTS_MAX, "mode": "standard"},
                ),
                **options,
            },
        }


def public_address(setting: str, url: str) -> dict[str, Any]:
    """Options with which files have unsigned addresses below ``url``, e.g. those of a CDN.

    Raises ImproperlyConfigured unless ``url`` is an http or https address.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query:
        raise ImproperlyConfigured(
            f"{setting} must be the address below which browsers load uploaded files, "
            "for example https://media.tickets.example"
        )
    return {
        "url_protocol": f"{parts.scheme}:",
        "custom_domain": f"{parts.netloc}{parts.path.rstrip('/')}",
        "querystring_auth": False,
    }
