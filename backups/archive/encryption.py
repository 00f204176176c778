"""Encryption of backups to public keys, in the age format (https://age-encryption.org/v1).

The server only needs ``BACKUP_PUBLIC_KEYS``, so a break-in exposes no older backup. Files can be
decrypted with the program ``age`` and a private key.
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


def is_enabled() -> bool:
    return bool(settings.BACKUP_PUBLIC_KEYS)


def is_encrypted(file: Path) -> bool:
    with file.open("rb") as content:
        return content.read(len(MAGIC)) == MAGIC


def encrypt(plain: Path, encrypted: Path) -> None:
    """Encrypt to all of ``BACKUP_PUBLIC_KEYS``; any of their private keys decrypts it."""
    try:
        keys = [pyrage.x25519.Recipient.from_str(key) for key in settings.BACKUP_PUBLIC_KEYS]
    except pyrage.RecipientError as error:
        raise ImproperlyConfigured(
            f"BACKUP_PUBLIC_KEYS must be age recipients (age1…): {error}"
        ) from error
    with plain.open("rb") as source, encrypted.open("wb") as target:
        pyrage.encrypt_io(source, target, keys)


def decrypt(encrypted: Path, plain: Path, key_file: Path | None) -> None:
    """Decrypt; raises BackupUnusable unless a key in ``key_file`` fits and the file is intact."""
    if key_file is None:
        raise BackupUnusable("it is encrypted: a file with its private key is needed")
    keys = _private_keys(key_file)
    try:
        with encrypted.open("rb") as source, plain.open("wb") as target:
            pyrage.decrypt_io(source, target, keys)
    except pyrage.DecryptError as error:
        plain.unlink(missing_ok=True)
        raise BackupUnusable(f"it was not encrypted to this key: {error}") from error
    except OSError as error:
        plain.unlink(missing_ok=True)
        if error.errno is not None:
            raise  # an error of the disk, not of the file
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
