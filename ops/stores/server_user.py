"""Under whose name PostgreSQL's server runs: it refuses to run as root.

Root keeps its own files and merely appears as somebody else, in a user namespace of its own.
Where the machine forbids that (some containers do), the server runs as ``nobody``, who then
owns the database's folder and is allowed to pass through root's. An ordinary user runs it as
is, unless the user has no name in the password file, without which initdb refuses.
"""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ops.stores.errors import StartError

NOBODY = 65_534
PROBE_SECONDS = 10.0
PASS_THROUGH = "+dac_override"  # noqa: S105  (a capability's name)


@dataclass(frozen=True)
class Account:
    """A way to run the server: what goes before its command, and who owns its folder."""

    name: str
    prefix: tuple[str, ...]
    owner_id: int

    def can_run(self, program: Path) -> bool:
        try:
            result = subprocess.run(
                [*self.prefix, str(program), "--version"],
                capture_output=True,
                timeout=PROBE_SECONDS,
                check=False,
                cwd="/",
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
        return result.returncode == 0

    def own(self, folder: Path) -> None:
        """Gives ``folder`` and everything in it to the server's account."""
        if os.geteuid() != 0:
            return
        for path in (folder, *folder.rglob("*")):
            os.chown(path, self.owner_id, self.owner_id, follow_symlinks=False)


def candidates(user_id: int, folder_owner_id: int | None) -> Iterator[Account]:
    """The ways to try, best first, for a user and the owner of an existing database folder."""
    own_account = Account("the same user", (), user_id)
    if user_id != 0:
        yield from (
            (own_account, _disguise(user_id))
            if _has_name(user_id)
            else (
                _disguise(user_id),
                own_account,
            )
        )
        return
    if folder_owner_id in (None, 0):
        yield _disguise(user_id)
    other_id = folder_owner_id or NOBODY
    yield _switch(other_id, "with root's way through folders", PASS_THROUGH)
    yield _switch(other_id, "plainly", "-all")


def choose_account(program: Path, folder: Path) -> Account:
    owner_id = folder.stat().st_uid if folder.exists() else None
    for account in candidates(os.geteuid(), owner_id):
        if account.can_run(program):
            return account
    raise StartError(
        "PostgreSQL cannot be run: as root it needs user namespaces, or `setpriv` and a folder"
        " that others may enter. Run Layar as an ordinary user, or set DATABASE_URL."
    )


def _disguise(user_id: int) -> Account:
    name_id = next((entry.pw_uid for entry in pwd.getpwall() if entry.pw_uid), 1_000)
    return Account(
        "a user namespace",
        ("unshare", "--user", f"--map-user={name_id}", f"--map-group={name_id}"),
        user_id,
    )


def _switch(other_id: int, how: str, capability: str) -> Account:
    return Account(
        f"user {other_id}, {how}",
        (
            "setpriv",
            f"--reuid={other_id}",
            f"--regid={other_id}",
            "--clear-groups",
            f"--inh-caps={capability}",
            f"--ambient-caps={capability}",
        ),
        other_id,
    )


def _has_name(user_id: int) -> bool:
    try:
        pwd.getpwuid(user_id)
    except KeyError:
        return False
    return True
