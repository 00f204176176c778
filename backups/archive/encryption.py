"""Encrypting backups to public keys, in the format of age (https://age-encryption.org/v1).

The server that makes backups needs ``BACKUP_PUBLIC_KEYS`` alone, so whoever breaks into it reads
no older backup. The files can be opened without us, by the program ``age`` and a private key.
"""

from __future__ import annotations

from pathlib import Path

import pyrage
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from backups.errors import BackupUnusable

SUFFIX = ".age"
MAGIC = b"age-encryption.org/v1\n"
KEY_FILE_BYTES_MAX = 64 * 1024


def is_sealing() -> bool:
    return bool(settings.BACKUP_PUBLIC_KEYS)


def is_sealed(file: Path) -> bool:
    with file.open("rb") as content:
        return content.read(len(MAGIC)) == MAGIC


def seal(plain: Path, sealed: Path) -> None:
    """Encrypt to every one of ``BACKUP_PUBLIC_KEYS``; any of their private keys opens it."""
    try:
        keys = [pyrage.x25519.Recipient.from_str(key) for key in settings.BACKUP_PUBLIC_KEYS]
    except pyrage.RecipientError as error:
        raise ImproperlyConfigured(
            f"BACKUP_PUBLIC_KEYS must be age recipients (age1…): {error}"
        ) from error
    with plain.open("rb") as source, sealed.open("wb") as target:
        pyrage.encrypt_io(source, target, keys)


def unseal(sealed: Path, plain: Path, key_file: Path | None) -> None:
    """Raises BackupUnusable unless a key in ``key_file`` opens all of it, unchanged to the end."""
    if key_file is None:
        raise BackupUnusable("it is encrypted: a file with its private key is needed")
    keys = _private_keys(key_file)
    try:
        with sealed.open("rb") as source, plain.open("wb") as target:
            pyrage.decrypt_io(source, target, keys)
    except pyrage.DecryptError as error:
        plain.unlink(missing_ok=True)
        raise BackupUnusable(f"it was not encrypted to this key: {error}") from error
    except OSError as error:
        plain.unlink(missing_ok=True)
        if error.errno is not None:
            raise  # the disk's fault, not the file's
        raise BackupUnusable(f"it was changed or cut short: {error}") from error


def _private_keys(key_file: Path) -> list[pyrage.x25519.Identity]:
    try:
        with key_file.open() as text:
            lines = text.read(KEY_FILE_BYTES_MAX).splitlines()
        keys = [
            pyrage.x25519.Identity.from_str(line.strip())
            for line in lines
            if line.strip() and not line.startswith("#")
        ]
    except (OSError, UnicodeDecodeError, pyrage.IdentityError) as error:
        raise BackupUnusable(f"{key_file} is no file of age private keys: {error}") from error
    if not keys:
        raise BackupUnusable(f"{key_file} holds no key")
    return keys
