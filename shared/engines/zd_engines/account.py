"""The system account that PostgreSQL runs as: it refuses to be root."""

import hashlib
import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

# Where data lie that the account cannot reach inside the clone; one folder for each clone's state folder.
SYSTEM_FOLDER = Path("/var/lib/zero-dropout")


@dataclass(frozen=True, slots=True)
class Account:
    """None throughout means: whoever runs this."""

    uid: int | None = None
    gid: int | None = None

    @property
    def groups(self) -> list[int] | None:
        return None if self.uid is None else []

    def own(self, path: Path) -> None:
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def can_enter(self, folder: Path) -> bool:
        """Whether `folder` and every folder above it may be passed through."""
        return self.uid is None or all(self._may_search(part.stat()) for part in (folder, *folder.parents))

    def _may_search(self, info: os.stat_result) -> bool:
        if info.st_uid == self.uid:
            return bool(info.st_mode & stat.S_IXUSR)
        return bool(info.st_mode & (stat.S_IXGRP if info.st_gid == self.gid else stat.S_IXOTH))


def postgres_account() -> Account:
    if os.geteuid() != 0:
        return Account()
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def home_for(account: Account, state_dir: Path) -> Path:
    """The server's own folder: inside `state_dir` (absolute, existing) where the account can enter that."""
    if account.can_enter(state_dir):
        return state_dir / "postgres"
    return SYSTEM_FOLDER / hashlib.sha256(str(state_dir).encode()).hexdigest()[:16]
