"""The system user that runs the PostgreSQL server, which refuses to run as root.

For root the server runs in a user namespace, where root's files appear to belong to another user.
Where the machine forbids user namespaces (some containers do), the server runs as ``nobody``, who
then owns the database folder and may enter root's folders. Any other user runs it directly, or in
a user namespace if the user has no passwd entry, which initdb requires.
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
ENTER_ANY_FOLDER = "+dac_override"  # a capability


@dataclass(frozen=True)
class ServerUser:
    """A way to run the server: a command prefix, and the owner of its folder."""

    name: str
    prefix: tuple[str, ...]
    owner_id: int

    def can_execute(self, program: Path) -> bool:
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
        """Changes the owner of ``folder`` and everything in it to the server's user."""
        if os.geteuid() != 0:
            return
        for path in (folder, *folder.rglob("*")):
            os.chown(path, self.owner_id, self.owner_id, follow_symlinks=False)


def candidates(user_id: int, folder_owner_id: int | None) -> Iterator[ServerUser]:
    """Candidates in order of preference for ``user_id`` and an existing folder's owner."""
    own_account = ServerUser("the same user", (), user_id)
    if user_id != 0:
        yield from (
            (own_account, _user_namespace(user_id))
            if _has_passwd_entry(user_id)
            else (
                _user_namespace(user_id),
                own_account,
            )
        )
        return
    if folder_owner_id in (None, 0):
        yield _user_namespace(user_id)
    other_id = folder_owner_id or NOBODY
    yield _switched_user(other_id, "with access to all folders", ENTER_ANY_FOLDER)
    yield _switched_user(other_id, "without capabilities", "-all")


def choose_server_user(program: Path, folder: Path) -> ServerUser:
    owner_id = folder.stat().st_uid if folder.exists() else None
    for account in candidates(os.geteuid(), owner_id):
        if account.can_execute(program):
            return account
    raise StartError(
        "PostgreSQL cannot be run: as root it needs user namespaces, or `setpriv` and a folder"
        " that others may enter. Run Layar as an ordinary user, or set DATABASE_URL."
    )


def _user_namespace(user_id: int) -> ServerUser:
    name_id = next((entry.pw_uid for entry in pwd.getpwall() if entry.pw_uid), 1_000)
    return ServerUser(
        "a user namespace",
        ("unshare", "--user", f"--map-user={name_id}", f"--map-group={name_id}"),
        user_id,
    )


def _switched_user(other_id: int, how: str, capability: str) -> ServerUser:
    return ServerUser(
        f"user {other_id}, {how}",
        (
            "setpriv",
            f"--reuid={other_id}",
            f"--regid={other_id}",
            "--clear-groups",
            f"--inh-caps={capability}",
            f"--ambient-caps={capability}",
            # A change of user clears what process_guard.py has set.
            *("--pdeathsig", "INT"),
        ),
        other_id,
    )


def _has_passwd_entry(user_id: int) -> bool:
    try:
        pwd.getpwuid(user_id)
    except KeyError:
        return False
    return True
