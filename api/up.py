"""`citygrid up`: everything between an empty state folder and a city that answers, and its end."""

from __future__ import annotations

import errno
import http.client
import json
import os
import resource
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType

from api import instance
from api.progress import Progress
from api.supervisor import Command, Supervisor, Watch
from layers.external.base_maps import base_maps
from spatial.database.cluster import Cluster
from spatial.database.roles import app_url_of
from spatial.errors import CitygridError, Conflict, Unavailable
from spatial.settings import Secret, Settings

BACKLOG = 2048
MOST_DESCRIPTORS = 65_536
READY_SECONDS = 180
"""After this long without an answer from /readyz the reader is told where to look."""


@dataclass(frozen=True)
class Steps:
    """What `up` has done by others: schema, the question whether there is a city, demo, processes."""

    migrate: Callable[[dict[str, str]], None]
    is_empty: Callable[[str], bool]
    load_demo: Callable[[dict[str, str]], None]
    commands: Callable[[Settings, str, int], list[Command]]


def up(settings: Settings, steps: Steps | None = None, progress: Progress | None = None) -> int:
    """Run the city until SIGINT or SIGTERM; return the exit code of the program.

    Errors that a person can mend (port in use, running already, no PostgreSQL) are said, not raised.
    """
    progress = progress or Progress()
    _interrupt_on_terminate()
    _allow_many_connections()
    try:
        # What the workers could not start with is said before anything is started.
        base_maps(settings)
        with instance.claim(settings.home, address_of(settings)), ExitStack() as stack:
            return _run(settings, steps or STEPS, progress, stack)
    except CitygridError as error:
        progress.show(f"✗ {error}")
    except KeyboardInterrupt:
        progress.show("interrupted")
    return 1


def address_of(settings: Settings) -> str:
    """Return the address for people: a listener on all interfaces is shown as the loopback."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)
    scheme = "https" if settings.tls_certificate else "http"
    return f"{scheme}://{f'[{host}]' if ':' in host and '[' not in host else host}:{settings.port}"


def bind(host: str, port: int) -> socket.socket:
    """Take the address without listening yet: until the city is ready a caller is refused, not kept waiting.

    Conflict, naming the setting to change, when the address is taken or is not ours.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listener = socket.socket(*found[:3])
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(found[4])
    except OSError as error:
        raise Conflict(_why_not_bound(host, port, error)) from error
    return listener


def commands(settings: Settings, url: str, fd: int) -> list[Command]:
    """Return the processes of a city: the API workers on one inherited socket, and the job process."""
    environment = child_environment(settings, url)
    # Workers must not know the owner's address; the job process makes partitions and needs both.
    of_worker = {**environment, "CITYGRID_DATABASE_URL": ""}
    serve = [sys.executable, "-m", "api", "serve", "--fd", str(fd)]
    jobs = [sys.executable, "-m", "api", "jobs"]
    workers = [
        Command(f"api-{n}", serve, {**of_worker, "CITYGRID_WORKER": str(n)}, (fd,))
        for n in range(1, settings.workers + 1)
    ]
    job_process = Command("jobs", jobs, {**environment, "CITYGRID_WORKER": "jobs"}, after_ready=True)
    return [*workers, job_process]


def child_environment(settings: Settings, url: str) -> dict[str, str]:
    """Return what children get on top of our environment: the resolved database and state folder."""
    app_url = app_url_of(replace(settings, database_url=Secret(url)))
    return {
        "CITYGRID_DATABASE_URL": url,
        "CITYGRID_APP_DATABASE_URL": app_url,
        "CITYGRID_HOME": str(settings.home.absolute()),
        "NUMBA_CACHE_DIR": str(settings.home.absolute() / "cache" / "numba"),
        "PYTHONUNBUFFERED": "1",
    }


def run_step(words: list[str], environment: dict[str, str]) -> None:
    """Run `citygrid WORDS` as a process of its own, which ends with ours; Unavailable when it fails.

    Loading the demo imports hundreds of megabytes that the supervisor must not keep.
    """
    command = ["setpriv", "--pdeathsig", "KILL", "--", sys.executable, "-m", "api", *words]
    done = subprocess.run(command, check=False, env={**os.environ, **environment}, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise Unavailable(f"'citygrid {' '.join(words)}' failed (exit code {done.returncode})")


def load_demo(environment: dict[str, str]) -> None:
    """Generate the demo city and load it into the empty database."""
    run_step(["demo", "generate"], environment)
    run_step(["demo", "load"], environment)


def migrate(environment: dict[str, str]) -> None:
    """Bring the schema up to date."""
    run_step(["migrate"], environment)


def is_empty(url: str) -> bool:
    """Tell whether the database holds no city yet."""
    from spatial.database import connect, query

    with connect(url) as connection:
        return bool(connection.execute(query("api", "is_empty")).fetchall()[0][0])


STEPS = Steps(migrate, is_empty, load_demo, commands)


def _run(settings: Settings, steps: Steps, progress: Progress, stack: ExitStack) -> int:
    began = time.monotonic()
    listener = stack.enter_context(bind(settings.host, settings.port))
    cluster = None if settings.database_url else Cluster(settings.home, say=progress.say)
    url = _prepare_database(settings, cluster, progress, stack)
    _prepare_data(settings, url, steps, progress)
    _listen(listener, settings)
    supervisor = Supervisor(
        steps.commands(settings, url, listener.fileno()),
        log_folder=settings.home / "log",
        state_file=settings.home / "supervisor.json",
        say=progress.say,
        watches=[Watch("PostgreSQL", lambda: cluster.running, cluster.start)] if cluster else [],
    )
    _hear_signals(supervisor)
    # Counters of the processes of the last run; prometheus_client would add them up for ever.
    shutil.rmtree(settings.home / "run" / "metrics", ignore_errors=True)
    progress.show(f"· starting {settings.workers} API workers …")
    is_ready = Readiness(settings, progress.say)
    supervisor.run(is_ready, lambda: _welcome(settings, progress, time.monotonic() - began))
    return 0


def _prepare_database(
    settings: Settings, cluster: Cluster | None, progress: Progress, stack: ExitStack
) -> str:
    if cluster is None:
        assert settings.database_url
        return settings.database_url.value
    stack.callback(_stop_cluster, cluster, progress)
    with progress.step("private PostgreSQL"):
        return cluster.ensure()


def _stop_cluster(cluster: Cluster, progress: Progress) -> None:
    """Stop the database at the end, if it is ours to stop; a second Ctrl-C must not leave it half-way."""
    if cluster.started_here:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        with progress.step("stopping the private database"):
            cluster.stop()


def _prepare_data(settings: Settings, url: str, steps: Steps, progress: Progress) -> None:
    environment = child_environment(settings, url)
    with progress.step("database schema", speaks=True):
        steps.migrate(environment)
    if settings.demo and steps.is_empty(url):
        with progress.step("demo city", speaks=True):
            steps.load_demo(environment)


def _listen(listener: socket.socket, settings: Settings) -> None:
    try:
        listener.listen(BACKLOG)
    except OSError as error:
        raise Conflict(_why_not_bound(settings.host, settings.port, error)) from error


def _why_not_bound(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is in use by another program; set CITYGRID_PORT to a free one"
    if error.errno == errno.EACCES:
        return f"port {port} needs root; set CITYGRID_PORT to one above 1023"
    return f"cannot listen on {host}:{port} ({error.strerror or error}); see CITYGRID_HOST and CITYGRID_PORT"


class Readiness:
    """Asks /readyz of the running workers, and says so once when the answer is long in coming."""

    def __init__(self, settings: Settings, say: Callable[[str], None]) -> None:
        self._is_tls = settings.tls_certificate is not None
        self._address = address_of(settings).partition("://")[2]
        self._log_folder = settings.home / "log"
        self._say = say
        self._late_at = time.monotonic() + READY_SECONDS

    def __call__(self) -> bool:
        """Tell whether the city answers that it is ready."""
        answer = self._ask()
        if answer != "200" and time.monotonic() > self._late_at:
            self._late_at = float("inf")
            self._say(f"not ready after {READY_SECONDS} s ({answer}); see {self._log_folder}")
        return answer == "200"

    def _ask(self) -> str:
        connection = self._connection()
        try:
            connection.request("GET", "/readyz")
            return str(connection.getresponse().status)
        except (OSError, http.client.HTTPException) as error:
            return type(error).__name__
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        """Our own workers are asked on our own socket: their certificate, made for a name, proves nothing."""
        if not self._is_tls:
            return http.client.HTTPConnection(self._address, timeout=1)
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return http.client.HTTPSConnection(self._address, timeout=1, context=context)


def _welcome(settings: Settings, progress: Progress, seconds: float) -> None:
    address = address_of(settings)
    progress.show(f"✓ the city is ready ({seconds:.1f} s)\n")
    progress.show(f"  Map        {address}/")
    progress.show(f"  OGC API    {address}/ogc")
    progress.show(f"  JSON API   {address}/api/openapi.json")
    for line in _login_lines(settings.home / "demo-login.json"):
        progress.show(line)
    progress.show("\n  Ctrl-C or 'make stop' ends it.")


def _login_lines(path: Path) -> list[str]:
    try:
        login = json.loads(path.read_text(encoding="utf-8"))
        return [f"  Log in     {login['username']} / {login['password']}   (also in {path})"]
    except (OSError, ValueError, KeyError):
        return []


def _allow_many_connections() -> None:
    """Raise the limit of open files, which is 1,024 for historical reasons, for all that we start."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, MOST_DESCRIPTORS)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _interrupt_on_terminate() -> None:
    """Until children run, SIGTERM and a closed terminal end the set-up as Ctrl-C does."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)


def _hear_signals(supervisor: Supervisor) -> None:
    """Hand signals to the loop; a handler says nothing, for it may have interrupted the console."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        supervisor.stop()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    signal.signal(signal.SIGCHLD, lambda *_: supervisor.wake())
