"""The project's own PostgreSQL: a private cluster in the state folder, made, started and stopped from here.

Nobody else can reach it: no TCP, a socket in a folder that only its owner can enter, `peer` for the
administrator and SCRAM for the platform's role. It ends with the process that started it, however that dies.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql

from spatial.database import cluster_host, cluster_settings
from spatial.database.cluster_host import Owner, short_hash, works_in
from spatial.database.cluster_settings import ADMINISTRATOR
from spatial.database.roles import APP, app_password, ensure_roles, kept_secret, mark_leakproof, set_password
from spatial.database.roles import OWNER as ROLE
from spatial.errors import Unavailable

DATABASE = "citygrid"
EXTENSIONS = ("postgis", "pgrouting", "btree_gist", "pg_trgm", "unaccent", "pgcrypto")
PATIENCE_SECONDS = 600
"""A crash recovery of a large cluster reads all of its WAL first; a stop writes all of its buffers."""
ORPHANS_SECONDS = 60
"""How long processes may outlive a server that was killed: each ends at the next word it says or hears."""

_OUTSIDE = Path("/var/lib/citygrid")
_CREATE_EXTENSION = sql.SQL("CREATE EXTENSION IF NOT EXISTS {}")
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
"""Nothing of the caller's: PG…, PROJ_… and GDAL_… variables would change what the server does."""


class Cluster:
    """One private cluster under `home`/pg.

    `throwaway` is for tests: fast and not durable. `say` is told of steps that take time.
    As a context manager it gives the URL, and stops the server at the end if it was started here.
    """

    def __init__(
        self, home: Path, *, throwaway: bool = False, say: Callable[[str], None] | None = None
    ) -> None:
        self.home = home.absolute()
        self.folder = self.home / "pg"
        self.data = self.folder / "data"
        self.log_folder = self.home / "log"
        self.throwaway = throwaway
        self._say = say or _silently
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> str:
        return self.ensure()

    def __exit__(self, *_: object) -> None:
        if self.started_here:
            self.stop()

    @property
    def started_here(self) -> bool:
        """Tell whether this object started the server."""
        return self._process is not None

    @property
    def running(self) -> bool:
        """Tell whether the server of this cluster answers now."""
        self._reap()
        lines = self._lock_lines()
        return len(lines) > 7 and lines[7].strip() == "ready" and works_in(lines[0], self.data)

    @property
    def socket_folder(self) -> Path:
        """Return the folder of the unix socket."""
        return cluster_host.choose_socket_folder(self.folder.resolve() / "run")

    @property
    def admin_url(self) -> str:
        """Return the URL of the superuser, good for root and the server's owner only (by peer)."""
        return self.url(ADMINISTRATOR)

    def url(self, role: str = ROLE, database: str = DATABASE) -> str:
        """Return a libpq URL; the platform's role carries its password, the administrator needs none."""
        password = f":{self._password(role)}" if role in (ROLE, APP) else ""
        host = quote(str(self.socket_folder), safe="")
        return f"postgresql://{role}{password}@/{database}?host={host}&port=5432"

    def ensure(self) -> str:
        """Make the cluster if there is none, start it if it does not run, and return the URL of its database.

        Safe to repeat and to call from several processes. Raises Unavailable, with the server's own words,
        when it cannot be made or started.
        """
        self.log_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._alone():
            if not (self.data / "PG_VERSION").exists():
                self._create()
            if not self.running:
                self._start()
            self._prepare_database()
        return self.url()

    def start(self) -> None:
        """Start the server and wait until it answers; nothing happens when it runs.

        Call it from a thread that stays (the main one): the server stops when its starter's thread ends.
        """
        with self._alone():
            if not self.running:
                self._start()

    def stop(self) -> None:
        """Stop the server, rolling back what is open, and wait for it; nothing happens when it is down."""
        if not self.data.exists():
            return
        with self._alone():
            pid = self._lock_lines()[:1]
            if pid and works_in(pid[0], self.data):
                os.kill(int(pid[0]), signal.SIGINT)
                self._wait_gone(pid[0])
            self._reap(wait_seconds=10)

    def remove(self) -> None:
        """Stop the server and delete the cluster with all its data, wherever it lies."""
        self.stop()
        place = self.folder.resolve()
        shutil.rmtree(self.socket_folder, ignore_errors=True)
        shutil.rmtree(place, ignore_errors=True)
        if self.folder.is_symlink():
            self.folder.unlink()
        for name in ("database", "app"):
            (self.home / "secrets" / name).unlink(missing_ok=True)

    def _programs(self) -> Path:
        version = self.data / "PG_VERSION"
        existing = int(version.read_text()) if version.exists() else None
        return cluster_host.choose_programs(cluster_host.installed_majors(), existing)

    def _create(self) -> None:
        """Run initdb beside the final place and move it there, so that a half-made cluster is never taken."""
        programs, owner = self._programs(), Owner.of(self.data)
        self._say("making a private PostgreSQL cluster")
        self._place(owner)
        half = self.folder.resolve() / "data.new"
        shutil.rmtree(half, ignore_errors=True)
        options = ["--auth=reject", "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums"]
        options += ["--no-sync"] if self.throwaway else []
        command = [str(programs / "initdb"), "-D", str(half), "-U", ADMINISTRATOR, *options]
        _run([*owner.prefix, *command], self.log_folder / "initdb.log")
        half.rename(self.data)

    def _place(self, owner: Owner) -> None:
        """Give `folder` to the server's user, or put it in /var/lib when that user cannot get at our home."""
        if not self.folder.is_symlink():
            owner.take(self.folder)
            if owner.can_use(self.folder):
                return
            self.folder.rmdir()
            outside = _OUTSIDE / short_hash(self.home)
            self._say(f"user {owner.name} cannot enter {self.home}, so the cluster lies in {outside}")
            self.folder.symlink_to(outside)
        outside = self.folder.readlink()
        outside.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        owner.take(outside)

    def _start(self) -> None:
        # A server of ours that has just crashed may still be dying: until it is collected, its number
        # looks alive to the next one, which then refuses the socket's lock.
        self._reap(wait_seconds=10)
        self._wait_orphans()
        owner = Owner.of(self.data)
        owner.take(self.folder.resolve() / "run")
        owner.take(self.socket_folder)
        self._write_settings(owner)
        self._drop_stale_lock()
        self.log_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        log = self.log_folder / "postgresql-start.log"
        server = [str(self._programs() / "postgres"), "-D", str(self.data.resolve())]
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [*owner.tied_prefix, *server], stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                cwd="/", env=_ENVIRONMENT, start_new_session=True,
            )  # fmt: skip
        self._wait_ready(self._process, log)

    def _write_settings(self, owner: Owner) -> None:
        """Write the configuration anew at each start: machine and folder may have changed."""
        settings = cluster_settings.for_this_machine(self.throwaway)
        settings["unix_socket_directories"] = str(self.socket_folder)
        local = str(self.folder.resolve() / "local.conf")
        hba, ident = cluster_settings.render_access(owner.name)
        _replace(self.data / "postgresql.conf", cluster_settings.render_settings(settings, local), owner)
        _replace(self.data / "pg_hba.conf", hba, owner)
        _replace(self.data / "pg_ident.conf", ident, owner)

    def _drop_stale_lock(self) -> None:
        lock = "\n".join(self._lock_lines())
        if cluster_host.is_stale_lock(lock, self.data) and not cluster_host.any_works_in(self.data):
            (self.data / "postmaster.pid").unlink()

    def _wait_ready(self, process: subprocess.Popen[bytes], log: Path) -> None:
        began, said = time.monotonic(), False
        while not self.running:
            waited = time.monotonic() - began
            if process.poll() is not None or waited > PATIENCE_SECONDS:
                raise Unavailable(f"PostgreSQL did not start:\n{self._last_words(log)}")
            if waited > 2 and not said:
                said = True
                self._say("PostgreSQL is starting (after a crash it recovers first)")
            time.sleep(0.02)

    def _wait_gone(self, pid: str) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while works_in(pid, self.data):
            if time.monotonic() > deadline:
                raise Unavailable(f"PostgreSQL (process {pid}) does not stop")
            self._reap()
            time.sleep(0.02)

    def _wait_orphans(self) -> None:
        """Wait for what is left of a killed server: it holds the shared memory, and the next one refuses it.

        After that the next one says what is in its way.
        """
        deadline = time.monotonic() + ORPHANS_SECONDS
        while cluster_host.any_works_in(self.data) and time.monotonic() < deadline:
            time.sleep(0.02)

    def _last_words(self, start_log: Path) -> str:
        logs = sorted((self.data / "log").glob("*.log"), key=lambda path: path.stat().st_mtime)
        lines = start_log.read_text(errors="replace").splitlines()
        lines += logs[-1].read_text(errors="replace").splitlines() if logs else []
        return "\n".join(lines[-12:])

    def _reap(self, wait_seconds: float = 0) -> None:
        """Collect the exit status of a server that has ended, so that no zombie stays."""
        if self._process is None:
            return
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(wait_seconds)
            self._process = None

    def _lock_lines(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text().split("\n")
        except OSError:
            return []

    def _prepare_database(self) -> None:
        with psycopg.connect(self.url(ADMINISTRATOR, "postgres"), autocommit=True) as connection:
            self._prepare_role(connection)
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if not known:
                self._say("making the database and its extensions")
                create = sql.SQL("CREATE DATABASE {} OWNER {}")
                connection.execute(create.format(sql.Identifier(DATABASE), sql.Identifier(ROLE)))
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            for name in EXTENSIONS:
                connection.execute(_CREATE_EXTENSION.format(sql.Identifier(name)))
            mark_leakproof(connection)

    def _prepare_role(self, connection: psycopg.Connection[Any]) -> None:
        """Make the platform's roles; passwords are set each time, as SCRAM verifiers that logs may show."""
        known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone()
        if not known:
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(ROLE)))
        ensure_roles(connection, None)
        for role in (ROLE, APP):
            set_password(connection, role, self._password(role))

    def _password(self, role: str) -> str:
        return app_password(self.home) if role == APP else kept_secret(self.home, "database")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other processes of this home from making, starting or stopping the cluster meanwhile."""
        with (self.home / "pg.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _silently(_: str) -> None:
    """Say nothing."""


def _run(command: list[str], log: Path) -> None:
    with log.open("wb") as output:
        done = subprocess.run(command, check=False, stdout=output, stderr=output, cwd="/", env=_ENVIRONMENT)
    if done.returncode:
        raise Unavailable(f"PostgreSQL's initdb failed:\n{log.read_text(errors='replace')[-2000:]}")


def _replace(path: Path, text: str, owner: Owner) -> None:
    """Write a private file of `owner` in one step, never through a link that stands in its place."""
    number, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(number, "w") as file:
        file.write(text)
        os.fchown(number, owner.uid, owner.gid)
    Path(name).replace(path)
