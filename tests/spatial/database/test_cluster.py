"""The private cluster: its life, who can reach it, and the decisions that need no server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from spatial.database import cluster_host, cluster_settings
from spatial.database.cluster import EXTENSIONS, Cluster
from spatial.database.cluster_host import Owner
from spatial.errors import Unavailable

GIB = 1024**3


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A state folder that the server's user can reach."""
    with tempfile.TemporaryDirectory(prefix="citygrid-test-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="module")
def cluster(home: Path) -> Iterator[Cluster]:
    cluster = Cluster(home, throwaway=True)
    cluster.ensure()
    yield cluster
    cluster.remove()


def ask(url: str, question: str) -> object:
    with psycopg.connect(url) as connection:
        return connection.execute(question).fetchall()[0][0]  # type: ignore[call-overload]


def test_it_has_what_the_platform_needs(cluster: Cluster) -> None:
    with psycopg.connect(cluster.url()) as connection:
        found = {row[0] for row in connection.execute("SELECT extname FROM pg_extension").fetchall()}
    assert found >= set(EXTENSIONS)
    assert ask(cluster.url(), "SHOW data_checksums") == "on"
    assert ask(cluster.url(), "SHOW server_encoding") == "UTF8"
    assert ask(cluster.url(), "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False


def test_the_role_owns_its_database(cluster: Cluster) -> None:
    owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"
    assert ask(cluster.url(), owner) == "citygrid"
    with psycopg.connect(cluster.url()) as connection:
        connection.execute("CREATE SCHEMA scratch; CREATE TABLE scratch.place (geom geometry(Point, 4326))")
        connection.rollback()


def test_it_listens_on_no_network_address(cluster: Cluster) -> None:
    assert ask(cluster.url(), "SHOW listen_addresses") == ""


def test_a_wrong_password_is_refused(cluster: Cluster) -> None:
    wrong = cluster.url().replace("citygrid:", "citygrid:not-", 1)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)


def test_the_password_is_private(cluster: Cluster) -> None:
    secret = cluster.home / "secrets" / "database"
    assert secret.stat().st_mode & 0o777 == 0o600
    assert secret.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_another_user_cannot_reach_it(cluster: Cluster) -> None:
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"]
    seen = subprocess.run([*nobody, "ls", str(cluster.socket_folder)], capture_output=True, text=True)
    assert "Permission denied" in seen.stderr
    code = f"import psycopg; psycopg.connect({cluster.admin_url!r})"
    tried = subprocess.run([*nobody, sys.executable, "-c", code], capture_output=True, text=True)
    assert tried.returncode != 0


def test_ensure_twice_changes_nothing(cluster: Cluster) -> None:
    began = ask(cluster.url(), "SELECT pg_postmaster_start_time()")
    assert Cluster(cluster.home, throwaway=True).ensure() == cluster.ensure()
    assert ask(cluster.url(), "SELECT pg_postmaster_start_time()") == began


def test_a_second_object_did_not_start_it_and_leaves_it_running(cluster: Cluster) -> None:
    with Cluster(cluster.home) as url:
        assert ask(url, "SELECT 1") == 1
    assert cluster.running


def test_a_lost_password_file_heals(cluster: Cluster) -> None:
    (cluster.home / "secrets" / "database").unlink()
    assert ask(cluster.ensure(), "SELECT 1") == 1


def test_stop_and_start_keep_the_data(cluster: Cluster) -> None:
    with psycopg.connect(cluster.url()) as connection:
        connection.execute("CREATE TABLE kept (number int); INSERT INTO kept VALUES (42)")
    cluster.stop()
    assert not cluster.running
    cluster.stop()
    cluster.start()
    assert ask(cluster.url(), "SELECT number FROM kept") == 42


def test_it_starts_after_a_crash(cluster: Cluster) -> None:
    pid = int((cluster.data / "postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGKILL)
    while cluster.running:
        time.sleep(0.02)
    assert (cluster.data / "postmaster.pid").exists()
    assert ask(cluster.ensure(), "SELECT 1") == 1


def test_it_waits_for_the_orphans_of_a_killed_server(cluster: Cluster) -> None:
    """They hold its shared memory for a moment, and the next server would refuse to start meanwhile."""
    pid = (cluster.data / "postmaster.pid").read_text().split()[0]
    everybody = [path.name for path in Path("/proc").glob("[0-9]*")]
    orphan = next(
        int(each) for each in everybody if each != pid and cluster_host.works_in(each, cluster.data)
    )
    os.kill(orphan, signal.SIGSTOP)
    os.kill(int(pid), signal.SIGKILL)
    while cluster.running:
        time.sleep(0.02)
    wake = threading.Timer(0.5, os.kill, (orphan, signal.SIGCONT))
    wake.start()
    assert ask(cluster.ensure(), "SELECT 1") == 1
    wake.join()


def test_a_dying_server_is_collected_before_the_next_one_starts(cluster: Cluster) -> None:
    """Its number looks alive until then, and the next server would refuse the lock of the socket."""
    cluster.stop()
    dying = subprocess.Popen(["sleep", "0.3"])
    cluster._process = dying
    cluster.start()
    assert dying.returncode == 0
    assert ask(cluster.url(), "SELECT 1") == 1


def test_it_starts_over_a_lock_that_names_another_process(cluster: Cluster) -> None:
    cluster.stop()
    owner = Owner.of(cluster.data)
    other = subprocess.Popen([*owner.prefix, "sleep", "60"], cwd="/")
    try:
        lock = cluster.data / "postmaster.pid"
        lock.write_text(f"{other.pid}\n{cluster.data}\n0\n5432\n\n\n\nready   \n")
        assert not cluster.running
        assert ask(cluster.ensure(), "SELECT 1") == 1
        cluster.stop()
        assert other.poll() is None, "a process that is no server must not be stopped"
    finally:
        other.kill()
        other.wait()
        cluster.start()


def test_local_settings_are_obeyed(cluster: Cluster) -> None:
    (cluster.folder / "local.conf").write_text("statement_timeout = '77s'\n")
    (cluster.folder / "local.conf").chmod(0o644)
    cluster.stop()
    cluster.start()
    assert ask(cluster.url(), "SHOW statement_timeout") == "77s"


def test_a_bad_setting_is_reported_in_the_servers_words(cluster: Cluster) -> None:
    local = cluster.folder / "local.conf"
    local.write_text("shared_bufers = '1GB'\n")
    cluster.stop()
    with pytest.raises(Unavailable, match="shared_bufers"):
        cluster.start()
    local.unlink()
    cluster.start()


def test_the_server_ends_with_a_starter_that_is_killed(home: Path, cluster: Cluster) -> None:
    cluster.stop()
    code = (
        "import os, sys, pathlib; from spatial.database.cluster import Cluster;"
        "Cluster(pathlib.Path(sys.argv[1]), throwaway=True).start(); os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(home)])
    assert done.returncode == -signal.SIGKILL
    deadline = time.monotonic() + 10
    while cluster_host.any_works_in(cluster.data) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not cluster_host.any_works_in(cluster.data)
    cluster.start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands the cluster to another user")
def test_a_home_that_the_server_cannot_enter(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    said: list[str] = []
    cluster = Cluster(tmp_path / "a" / "state", throwaway=True, say=said.append)
    try:
        assert ask(cluster.ensure(), "SELECT 1") == 1
        assert cluster.folder.is_symlink()
        assert any("cannot enter" in line for line in said)
    finally:
        cluster.remove()
    assert not cluster.folder.exists()


def test_the_socket_path_fits() -> None:
    assert cluster_host.choose_socket_folder(Path("/srv/city/pg/run")) == Path("/srv/city/pg/run")
    far = cluster_host.choose_socket_folder(Path("/srv") / ("x" * 90) / "run")
    assert far.parent == Path("/tmp") and far.name.startswith("citygrid-")
    assert far != cluster_host.choose_socket_folder(Path("/srv") / ("y" * 90) / "run")
    wide = Path("/srv") / ("城" * 30) / "run"
    assert cluster_host.choose_socket_folder(wide) != wide, "bytes count, not characters"


@pytest.mark.parametrize(
    ("majors", "existing", "bin_folder"),
    [
        ({15: True}, None, "/pg/15/bin"),
        ({15: True, 17: True, 18: False}, None, "/pg/17/bin"),
        ({15: True, 17: True}, 15, "/pg/15/bin"),
    ],
)
def test_which_server_is_used(majors: dict[int, bool], existing: int | None, bin_folder: str) -> None:
    assert cluster_host.choose_programs(majors, existing, Path("/pg")) == Path(bin_folder)


@pytest.mark.parametrize(
    ("majors", "existing", "words"),
    [({}, None, "make system"), ({13: True}, None, "make system"), ({17: True}, 15, "PostgreSQL 15")],
)
def test_no_usable_server_is_said(majors: dict[int, bool], existing: int | None, words: str) -> None:
    with pytest.raises(Unavailable, match=words):
        cluster_host.choose_programs(majors, existing)


@pytest.mark.parametrize(
    ("memory_bytes", "shared_buffers", "work_mem"),
    [(GIB // 2, "64MB", "4MB"), (24 * GIB, "3072MB", "48MB"), (512 * GIB, "8192MB", "64MB")],
)
def test_settings_scale_with_memory(memory_bytes: int, shared_buffers: str, work_mem: str) -> None:
    settings = cluster_settings.tuned(memory_bytes, cores=2)
    assert (settings["shared_buffers"], settings["work_mem"]) == (shared_buffers, work_mem)


def test_settings_are_quoted() -> None:
    text = cluster_settings.render_settings({"unix_socket_directories": "/it's"}, "/local.conf")
    assert text == "unix_socket_directories = '/it''s'\ninclude_if_exists = '/local.conf'\n"


def test_only_a_live_foreign_process_makes_a_lock_stale(tmp_path: Path) -> None:
    assert cluster_host.is_stale_lock(f"{os.getpid()}\n", tmp_path)
    assert not cluster_host.is_stale_lock("", tmp_path)
    assert not cluster_host.is_stale_lock(f"{os.getpid()}\n", Path.cwd())
    assert not cluster_host.is_stale_lock("4194305\n", tmp_path), "a dead one is PostgreSQL's own affair"


def test_a_foreign_folder_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    owner = Owner("me", os.geteuid(), os.getegid())
    with pytest.raises(Unavailable, match="not a folder of ours"):
        owner.take(tmp_path / "link")
