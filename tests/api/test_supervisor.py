"""`citygrid up` and `down` with tiny processes: start, crash, stop, kill, and what stands in the way."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from api import child_log, instance, supervisor
from api.down import down, is_state_folder, reset
from api.progress import Progress
from api.supervisor import Child, Command, Supervisor, Watch
from spatial.database.cluster import Cluster
from spatial.errors import Conflict, Unavailable
from spatial.settings import Secret, Settings

FAKE_CITY = Path(__file__).with_name("fake_city.py")
ROOT = Path(__file__).parents[2]


class City:
    """A fake city in a process of its own."""

    def __init__(self, home: Path, **environment: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(environment.pop("port", probe.getsockname()[1]))
        self.home = home
        self.output = home.parent / f"{home.name}-{self.port}.out"
        settings = {"CITYGRID_HOME": str(home), "CITYGRID_PORT": str(self.port), "CITYGRID_WORKERS": "2"}
        # -P keeps tests/api, whose name is that of our package, from being a place to import from.
        with self.output.open("w") as output:
            stdout = subprocess.PIPE if environment.get("FAKE_CONSOLE") == "pipe" else output
            self.process = subprocess.Popen(
                # Ctrl-C works though the tests may run in the background, where a shell switches it off.
                ["env", "--default-signal=INT", sys.executable, "-P", str(FAKE_CITY)],
                stdout=stdout, stderr=output, cwd=ROOT,
                env={**os.environ, **settings, **environment}, start_new_session=True,
            )  # fmt: skip

    def ask(self, path: str = "/") -> str:
        """Send a request; the empty text when nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            connection.request("GET", path)
            return connection.getresponse().read().decode()
        except (OSError, http.client.HTTPException):
            return ""
        finally:
            connection.close()

    def said(self, words: str) -> bool:
        return words in self.output.read_text()

    def wait_for(self, what: Callable[[], object], seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < deadline, self.output.read_text()
            time.sleep(0.02)

    def wait_ready(self) -> None:
        self.wait_for(lambda: self.said("the city is ready") or self.process.poll() is not None)
        assert self.process.poll() is None, self.output.read_text()

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)

    def restarts(self) -> list[int]:
        """Return how often each child was restarted, smallest first."""
        children = json.loads((self.home / "supervisor.json").read_text())["children"]
        return sorted(child["restarts"] for child in children.values())

    def members(self) -> set[str]:
        """Return the numbers of all processes that were started for this city's state folder."""
        found = set()
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                mine = f"CITYGRID_HOME={self.home}".encode() in (entry / "environ").read_bytes().split(b"\0")
                mine |= (entry / "cwd").readlink() == self.home / "pg" / "data"
                if mine and "State:\tZ" not in (entry / "status").read_text():
                    found.add(entry.name)
            except OSError:
                continue
        return found


@pytest.fixture(scope="module")
def base() -> Iterator[Path]:
    """A folder that the database's user can enter, with one prepared state folder to start from."""
    with tempfile.TemporaryDirectory(prefix="citygrid-up-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="module")
def home(base: Path) -> Iterator[Path]:
    yield base / "state"
    Cluster(base / "state").remove()


def test_a_whole_life(home: Path) -> None:
    city = City(home, FAKE_LATE_JOBS="1")
    city.wait_ready()
    assert city.said("ann / demo-word") and city.said(f"http://127.0.0.1:{city.port}/ogc")
    first = city.ask()
    _second_start_is_refused(city)
    _crash_is_mended_and_reported(city)
    _database_crash_is_mended(city)
    assert first and city.ask()
    assert city.end() == 0
    assert not city.members()
    assert not Cluster(home).running
    assert not instance.pid_file(home).exists()


def _second_start_is_refused(city: City) -> None:
    second = City(city.home)
    assert second.process.wait(60) == 1
    assert second.said(f"running already at http://127.0.0.1:{city.port}")


def _crash_is_mended_and_reported(city: City) -> None:
    city.ask("/crash")
    city.wait_for(lambda: city.said("ended with exit code 3; restart 1 now"))
    assert city.said("ERROR told to crash")
    city.wait_for(lambda: city.restarts() == [0, 0, 1] and city.ask())
    assert "jobs" in json.loads((city.home / "supervisor.json").read_text())["children"]


def _database_crash_is_mended(city: City) -> None:
    os.kill(int((city.home / "pg" / "data" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
    city.wait_for(lambda: city.said("PostgreSQL is up again"))
    assert Cluster(city.home).running


def test_a_killed_supervisor_leaves_nothing_behind(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    city = City(home)
    city.wait_ready()
    assert len(city.members()) > 4
    assert city.end(signal.SIGKILL) == -signal.SIGKILL
    city.wait_for(lambda: not city.members())
    assert instance.find(home) is None, "its pid file is left, and means nothing"
    assert down(Settings(home=home)) == 0
    assert "no city is running here" in capsys.readouterr().out


def test_down_ends_it_and_kills_what_does_not_end(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    city = City(home, FAKE_JOBS="stubborn", FAKE_GRACE="1")
    city.wait_ready()
    assert down(Settings(home=home)) == 0
    assert city.process.wait(1) == 0
    assert city.said("jobs does not end; killing it")
    assert not city.members()


def test_a_crash_loop_at_the_start_ends_with_the_last_words(home: Path) -> None:
    city = City(home, FAKE_JOBS="crash", CITYGRID_WORKERS="1", FAKE_NEVER_READY="1")
    assert city.process.wait(60) == 1
    assert city.said("jobs is in a crash loop") and city.said("the jobs cannot start")
    assert not city.members()


def test_a_closed_console_does_not_end_the_city(home: Path) -> None:
    city = City(home, FAKE_CONSOLE="pipe")
    assert city.process.stdout
    city.wait_for(lambda: city.ask())
    city.process.stdout.close()
    city.ask("/crash")
    city.wait_for(lambda: city.restarts() == [0, 0, 1] and city.ask())
    assert city.process.poll() is None
    assert city.end() == 0 and not city.members()


def test_ctrl_c_while_the_demo_loads(base: Path) -> None:
    city = City(base / "early", FAKE_SLOW_DEMO="1")
    city.wait_for(lambda: city.said("demo city"))
    assert city.end(signal.SIGINT) == 1
    assert city.said("interrupted") and not city.members()
    Cluster(base / "early").remove()


def test_a_port_in_use_is_said_with_the_setting_to_change(base: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        city = City(base / "port", port=port)
        assert city.process.wait(60) == 1
    assert city.said(f"port {port} on 127.0.0.1 is in use") and city.said("CITYGRID_PORT")
    assert not (base / "port" / "pg").exists(), "found out before any work was done"


def test_reset_deletes_the_state(base: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = base / "reset"
    home.mkdir()
    with Cluster(home, throwaway=True):
        (home / "demo-login.json").write_text("{}")
    reset(Settings(home=home))
    assert not home.exists()
    assert "demo-login.json" in capsys.readouterr().out


def test_reset_refuses_what_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / "pg").mkdir()
    (tmp_path / ".git").mkdir()
    assert not is_state_folder(tmp_path)
    with pytest.raises(Conflict, match="state folder"):
        reset(Settings(home=tmp_path))
    with pytest.raises(Conflict, match="CITYGRID_DATABASE_URL"):
        reset(Settings(home=tmp_path, database_url=Secret("postgresql:///city")))


def test_a_pid_that_is_another_process_now_is_not_signalled(tmp_path: Path) -> None:
    other = subprocess.Popen(["sleep", "60"])
    try:
        with instance.claim(tmp_path, "http://127.0.0.1:1"):
            instance.pid_file(tmp_path).write_text(f"{other.pid}\n1\nhttp://127.0.0.1:1\n")
            with pytest.raises(Unavailable, match="cannot be seen"):
                instance.end(tmp_path, lambda text: None)
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_a_left_over_pid_file_does_not_stand_in_the_way(tmp_path: Path) -> None:
    instance.pid_file(tmp_path).write_text(f"{os.getpid()}\n1\nhttp://127.0.0.1:1\n")
    assert instance.find(tmp_path) is None
    with instance.claim(tmp_path, "http://127.0.0.1:2"):
        running = instance.find(tmp_path)
        assert running and running.pid == os.getpid() and running.address == "http://127.0.0.1:2"
    assert instance.find(tmp_path) is None


@pytest.mark.parametrize(
    ("crashes", "now_s", "pause_s"),
    [
        ([100.0], 100.0, 0.0),
        ([99.0, 100.0], 100.0, 0.5),
        ([98.0, 99.0, 100.0], 100.0, 1.0),
        ([10.0, 20.0, 100.0], 100.0, 0.0),
        ([96.0, 97.0, 98.0, 99.0, 100.0], 100.0, supervisor.LOOP_PAUSE_S),
        ([60.0, 97.0, 98.0, 99.0, 100.0], 100.0, 2.0),
    ],
)
def test_back_off(crashes: list[float], now_s: float, pause_s: float) -> None:
    assert supervisor.pause_before_restart_s(crashes, now_s) == pause_s


def test_how_an_end_is_described() -> None:
    assert supervisor.describe_exit(-signal.SIGSEGV) == "was ended by SIGSEGV"
    assert supervisor.describe_exit(2) == "ended with exit code 2"


def test_a_watch_that_cannot_be_mended_is_tried_again_later(tmp_path: Path) -> None:
    said: list[str] = []
    tries: list[float] = []

    def revive() -> None:
        tries.append(time.monotonic())
        raise Unavailable("no disk space")

    def is_ready() -> bool:
        if len(tries) == 2:
            city.stop()
        return False

    watch = Watch("PostgreSQL", lambda: False, revive)
    state = tmp_path / "supervisor.json"
    city = Supervisor([], log_folder=tmp_path, state_file=state, say=said.append, watches=[watch])
    city.run(is_ready, lambda: None)
    assert tries[1] - tries[0] >= 1
    assert "PostgreSQL does not start: no disk space" in said


RING_AT_EVERY_LINE = """
import sys
from api.supervisor import Bell

bell, ringing = Bell(), False
def interrupt(frame, event, argument):
    global ringing
    if not ringing:
        ringing = True
        bell.ring()
        ringing = False
    return interrupt
sys.settrace(interrupt)
for _ in range(3):
    bell.wait(0.01)
"""


def test_the_bell_may_ring_at_any_line_of_the_loop() -> None:
    """As a signal handler may; with a lock in it (threading.Event) one stop in ten hung, and this does."""
    assert subprocess.run([sys.executable, "-c", RING_AT_EVERY_LINE], timeout=30, cwd=ROOT).returncode == 0


def test_logs_are_bounded(tmp_path: Path) -> None:
    log = child_log.ChildLog(tmp_path / "api-1.log", largest_bytes=100)
    for number in range(100):
        log.write(f"line {number:03d}\n".encode())
    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == ["api-1.log", "api-1.log.1", "api-1.log.2", "api-1.log.3"]
    assert all(path.stat().st_size <= 100 for path in tmp_path.iterdir())
    assert log.last_words().endswith("line 099\n")
    log.close()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"ERROR:    Exception in ASGI application\n", True),
        (b'{"event": "boom", "level": "error"}\n', True),
        (b"2026-11-21 [error    ] boom\n", True),
        (b"ValueError: no such street\n", True),
        (b"INFO:     Uvicorn running\n", False),
        (b"WARNING psycopg.pool error connecting: FATAL:  the database system is starting up\n", False),
        (b'{"event": "GET /api/errors", "level": "info"}\n', False),
    ],
)
def test_which_lines_tell_of_errors(line: bytes, expected: bool) -> None:
    assert child_log.tells_of_error(line) is expected


def test_a_child_gets_its_environment_and_no_terminal(tmp_path: Path) -> None:
    words = ["sh", "-c", "echo worker $CITYGRID_WORKER; cat; exit 0"]
    child = Child(Command("api-1", words, {"CITYGRID_WORKER": "1"}), tmp_path, lambda text: None)
    child.start()
    child.close()
    assert child.log.last_words() == "    worker 1\n"
    assert child.note_exit(1.0) == "ended with exit code 0"


def test_progress_says_how_long_a_step_took(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress().step("making tea"):
        pass
    assert capsys.readouterr().out == "· making tea …\n✓ making tea (0.0 s)\n"
