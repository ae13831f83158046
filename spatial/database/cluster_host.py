"""What the private cluster needs of the machine: server programs, a user, a socket folder, processes."""

from __future__ import annotations

import hashlib
import os
import pwd
import stat
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from spatial.errors import Unavailable

NEEDED_FILES = ("postgis", "pgrouting")
OLDEST_MAJOR = 15
SOCKET_NAME = ".s.PGSQL.5432"
SOCKET_PATH_LIMIT = 107
"""Bytes of sun_path on Linux, less the final NUL (unix(7))."""

_PROGRAMS = Path("/usr/lib/postgresql")
_SHARES = Path("/usr/share/postgresql")


def choose_socket_folder(run: Path) -> Path:
    """Return the folder for the socket: `run`, or one under /tmp when the socket's path would be too long."""
    if len(os.fsencode(run / SOCKET_NAME)) <= SOCKET_PATH_LIMIT:
        return run
    return Path("/tmp") / f"citygrid-{short_hash(run)}"


def choose_programs(
    majors: Mapping[int, bool], existing: int | None = None, folder: Path = _PROGRAMS
) -> Path:
    """Return the bin folder of the server to use: that of the existing cluster, else the newest complete one.

    `majors` says for each installed major version whether all needed extensions are there.
    """
    usable = [major for major, complete in majors.items() if complete and major >= OLDEST_MAJOR]
    if existing is not None:
        if existing in usable:
            return folder / str(existing) / "bin"
        raise Unavailable(f"the cluster is of PostgreSQL {existing}, which is not installed with PostGIS")
    if not usable:
        raise Unavailable(
            "no PostgreSQL server with PostGIS and pgRouting is installed; run 'make system' as root,"
            " or set CITYGRID_DATABASE_URL"
        )
    return folder / str(max(usable)) / "bin"


def installed_majors(programs: Path = _PROGRAMS, shares: Path = _SHARES) -> dict[int, bool]:
    """List installed server versions and whether PostGIS and pgRouting stand beside each."""
    found = [int(path.name) for path in programs.glob("*") if path.name.isdigit()]
    return {
        major: (programs / str(major) / "bin" / "postgres").exists()
        and all((shares / str(major) / "extension" / f"{name}.control").exists() for name in NEEDED_FILES)
        for major in found
    }


def is_stale_lock(lock_text: str, data: Path) -> bool:
    """Tell whether a postmaster.pid names a live process that is no server of this data folder.

    The server itself sees through a lock of a dead process, but not when the number was given to another
    process of the same user, as happens after a restart of a container.
    """
    pid = lock_text.split("\n", 1)[0].strip()
    return pid.isdigit() and Path(f"/proc/{pid}").exists() and not works_in(pid, data)


def works_in(pid: str, data: Path) -> bool:
    """Tell whether process `pid` has `data` as its working folder, as every process of its server has."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/cwd").readlink() == data.resolve()
    return False


def any_works_in(data: Path) -> bool:
    """Tell whether any process, also one left over from a dead server, works in `data`."""
    return any(works_in(entry.name, data) for entry in Path("/proc").glob("[0-9]*"))


@dataclass(frozen=True)
class Owner:
    """The operating-system user that the server runs as, and the command prefix that becomes this user."""

    name: str
    uid: int
    gid: int

    @property
    def prefix(self) -> list[str]:
        """Return the command words that drop root's rights, or nothing when we are that user already."""
        if os.geteuid() == self.uid:
            return []
        return ["setpriv", f"--reuid={self.uid}", f"--regid={self.gid}", "--clear-groups", "--"]

    @property
    def tied_prefix(self) -> list[str]:
        """Return the prefix of a server that shuts down by itself when the process that started it ends."""
        return ["setpriv", "--pdeathsig", "INT", *(self.prefix[1:] or ["--"])]

    @classmethod
    def of(cls, data: Path) -> Owner:
        """Return the owner of an existing data folder, else who should own a new one.

        That is ourselves; for root, as which the server refuses to run, the user of Debian's packages.
        """
        me = os.geteuid()
        uid = data.stat().st_uid if data.exists() else me
        entry = pwd.getpwuid(uid) if uid else _unprivileged()
        if me not in (0, entry.pw_uid):
            raise Unavailable(f"{data} belongs to user {entry.pw_name}; start as that user or as root")
        return cls(entry.pw_name, entry.pw_uid, entry.pw_gid)

    def can_use(self, folder: Path) -> bool:
        """Tell whether this user can enter and write `folder`, whatever the folders above it allow."""
        test = ["test", "-w", str(folder), "-a", "-x", str(folder)]
        return subprocess.run([*self.prefix, *test], check=False).returncode == 0

    def take(self, folder: Path, mode: int = 0o700) -> None:
        """Make `folder` if needed and give it to this user; refuse what somebody else put there."""
        folder.mkdir(mode=mode, parents=True, exist_ok=True)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (self.uid, os.geteuid()):
            raise Unavailable(f"{folder} is not a folder of ours; remove it")
        if found.st_uid != self.uid:
            os.chown(folder, self.uid, self.gid)
        folder.chmod(mode)


def short_hash(path: Path) -> str:
    """Return 12 hexadecimal digits that stand for a path in a file name."""
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def _unprivileged() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        raise Unavailable("there is no user 'postgres'; run 'make system' as root") from None
