"""`citygrid keys` as an administrator runs it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from spatial.database import connect
from tests.spatial.rights.town import build
from tests.spatial.rights.vault import seal_everybody

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def master(master_key: Path, tmp_path: Path) -> Path:
    """A master key of this test's own that fits the template's data keys."""
    return Path(shutil.copy(master_key, tmp_path / "master"))


@pytest.fixture
def citygrid(fresh_url: str, master: Path, tmp_path: Path) -> Run:
    """The command line over a town."""
    with connect(fresh_url) as connection:
        build(connection)
        seal_everybody(connection, master)

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "CITYGRID_DATABASE_URL": fresh_url, "CITYGRID_HOME": str(tmp_path)}
        environment["CITYGRID_MASTER_KEY_FILE"] = str(master)
        command = [sys.executable, "-m", "api", "keys", *words]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    return run


def test_keys_are_rotated_and_wrapped_anew(citygrid: Run, fresh_url: str, master: Path) -> None:
    before = master.read_bytes()
    done = citygrid("rotate")
    assert (done.returncode, done.stdout) == (
        0,
        "sealed anew: 8 of worker, 8 of reporter; the old key is retired\n",
    )
    done = citygrid("rewrap")
    assert done.returncode == 0
    assert f"the new master key is in {master}: back it up now" in done.stdout
    assert master.read_bytes() != before
    assert [path.read_bytes() for path in master.parent.glob("master.until-*")] == [before]
    done = citygrid("rotate")
    assert done.returncode == 0
    assert keys(fresh_url) == [False, False, True]


def keys(url: str) -> list[bool]:
    with connect(url) as connection:
        rows = connection.execute("SELECT retired_at IS NULL FROM data_key ORDER BY id").fetchall()
    return [active for (active,) in rows]


def test_sealing_again_has_nothing_to_do(citygrid: Run) -> None:
    done = citygrid("seal-existing")
    assert (done.returncode, done.stdout) == (0, "nothing lies in clear\n")


def test_what_does_not_open_is_named(citygrid: Run, fresh_url: str) -> None:
    with psycopg.connect(fresh_url) as connection:
        key: Any = connection.execute("SELECT min(id) FROM city.worker").fetchall()[0][0]
        connection.execute("UPDATE city.worker SET phone_cipher = name_cipher WHERE id = %s", [key])
    done = citygrid("rotate")
    assert done.returncode == 1
    assert f"the ciphertext of worker {key}, phone, has been changed or moved" in done.stderr
    assert "the old key stays in use" in done.stderr
    assert keys(fresh_url) == [True, True]


@pytest.mark.parametrize("verb", ["rotate", "rewrap", "seal-existing"])
def test_a_missing_master_key_is_said_in_one_line(citygrid: Run, master: Path, verb: str) -> None:
    master.unlink()
    done = citygrid(verb)
    assert done.returncode == 1
    assert done.stderr == f"citygrid: the master key {master} is missing: put it back from its backup\n"
    assert not master.exists()
