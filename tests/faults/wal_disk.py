"""The write-ahead log on a small file system of its own, so that a fault can fill it.

Mounting it needs root. The file system is a file in the data folder and stays with it.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ops.stores.ports_and_secrets import PortRegistry, SecretFile
from ops.stores.postgres import Postgres
from ops.stores.process_guard import ProcessGroup

DISK_BYTES = 1_500 * 1024 * 1024  # PostgreSQL keeps up to 1 GB of log by itself
PIECE_BYTES = 4_096


def is_possible() -> bool:
    return os.geteuid() == 0


def folder(data: Path) -> Path:
    return data / "wal-disk"


@contextmanager
def mounted(data: Path, ports: PortRegistry, secrets: SecretFile) -> Iterator[None]:
    """Mounts the file system; makes it, with an empty cluster, on first use."""
    image, is_new = data / "wal.img", not (data / "postgres").exists()
    if not is_new and not image.exists():  # an older folder keeps its log where it is
        yield
        return
    folder(data).mkdir(exist_ok=True)
    if is_new:
        with image.open("wb") as stream:
            stream.truncate(DISK_BYTES)
        subprocess.run(["mkfs.ext4", "-q", "-F", "-m", "0", str(image)], check=True)
    subprocess.run(["mount", "-o", "loop", str(image), str(folder(data))], check=True)
    try:
        if is_new:
            _make_cluster(data, ports, secrets)
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder(data))], check=True)


def _make_cluster(data: Path, ports: PortRegistry, secrets: SecretFile) -> None:
    postgres = Postgres(
        data,
        ports.port("postgres"),
        secrets.password("postgres_superuser"),
        secrets.password("postgres"),
    )
    group = ProcessGroup()
    group.stop(postgres.start(group))
    group.close()
    log, target = postgres.folder / "pg_wal", folder(data) / "pg_wal"
    subprocess.run(["cp", "--archive", str(log), str(target)], check=True)
    subprocess.run(["rm", "-r", str(log)], check=True)
    log.symlink_to(target)


def fill(data: Path) -> Path:
    """Leaves no byte free. Returns the file that takes the space."""
    filler = folder(data) / "filler"
    with filler.open("wb", buffering=0) as stream, suppress(OSError):
        os.posix_fallocate(stream.fileno(), 0, os.statvfs(folder(data)).f_bavail * PIECE_BYTES)
    with filler.open("ab", buffering=0) as stream, suppress(OSError):
        while True:
            stream.write(b"x" * PIECE_BYTES)
    return filler
