"""The application for tests: in this process for most, as a real server where a real client is needed."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

READY_SECONDS = 60


@dataclass(frozen=True)
class LiveServer:
    """A real API worker process."""

    url: str
    username: str
    password: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        """What a client with the administrator's token sends."""
        return {"Authorization": f"Bearer {self.token}"}


@pytest.fixture(scope="session")
def state_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state folder of this worker's server."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def login(city_url: str, state_home: Path) -> dict[str, str]:
    """The demo administrator of the demo city: username, password, token."""
    from api.prepare import make_demo_administrator

    return make_demo_administrator(city_url, state_home)


@pytest.fixture(scope="session")
def live_server(
    city_app_url: str, state_home: Path, login: dict[str, str], master_key: Path
) -> Iterator[LiveServer]:
    """One API worker on a free port over the demo city."""
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listener:
        process = _serve(listener, city_app_url, state_home, master_key)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        try:
            _wait_ready(url, process, state_home / "server.log")
            yield LiveServer(url, **login)
        finally:
            process.terminate()
            process.wait(20)


@pytest.fixture(scope="session")
def client(live_server: LiveServer) -> Iterator[httpx.Client]:
    """A client with the administrator's token."""
    with httpx.Client(base_url=live_server.url, headers=live_server.headers, timeout=60) as session:
        yield session


@pytest.fixture(scope="session")
def stranger(live_server: LiveServer) -> Iterator[httpx.Client]:
    """A client without any key."""
    with httpx.Client(base_url=live_server.url, timeout=60) as session:
        yield session


@contextmanager
def serving(listener: socket.socket, url: str, home: Path, master: Path, **environment: str) -> Iterator[str]:
    """Run one API worker over a database of a test's own; gives its address."""
    process = _serve(listener, url, home, master, environment)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        _wait_ready(address, process, home / "server.log")
        yield address
    finally:
        process.terminate()
        process.wait(20)


def _serve(
    listener: socket.socket, url: str, home: Path, master: Path, more: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "CITYGRID_APP_DATABASE_URL": url, "CITYGRID_HOME": str(home), **(more or {})}
    environment["CITYGRID_MASTER_KEY_FILE"] = str(master)
    # Compiled kernels are the same for every run: keep them, or each worker compiles for ten seconds.
    environment["NUMBA_CACHE_DIR"] = str(Path(__file__).parent.parent / ".citygrid-cache" / "numba")
    command = [sys.executable, "-m", "api", "serve", "--fd", str(listener.fileno())]
    with (home / "server.log").open("wb") as log:
        return subprocess.Popen(
            command, env=environment, pass_fds=[listener.fileno()], stdout=log, stderr=subprocess.STDOUT
        )


def _wait_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            if httpx.get(f"{url}/readyz", timeout=2).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise RuntimeError(f"the server did not become ready:\n{log.read_text(errors='replace')[-4000:]}")
