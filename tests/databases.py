"""Databases for tests: clones of two templates, one migrated and empty, one with the whole demo city."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from spatial.database import Database, connect
from spatial.database.cluster import EXTENSIONS, ROLE, Cluster
from spatial.database.roles import app_url, mark_leakproof

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def postgis_url(cluster: Cluster) -> Iterator[str]:
    """A migrated, empty database of this worker's own."""
    with _clone(cluster, _template(cluster, "empty", _fill_empty)) as url:
        yield url


@pytest.fixture
def postgis(postgis_url: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection to the empty database in a transaction that is rolled back."""
    with connect(postgis_url) as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def fresh_url(cluster: Cluster) -> Iterator[str]:
    """A migrated, empty database for one test that commits."""
    with _clone(cluster, _template(cluster, "empty", _fill_empty)) as url:
        yield url


@pytest.fixture(scope="session")
def make_city(cluster: Cluster) -> Callable[[Callable[[psycopg.Connection[Any]], None]], Any]:
    """Make, for a while, a database of one's own that a function fills as its owner."""

    @contextmanager
    def make(fill: Callable[[psycopg.Connection[Any]], None]) -> Iterator[str]:
        with _clone(cluster, _template(cluster, "empty", _fill_empty)) as url:
            with connect(url) as connection:
                fill(connection)
            yield url

    return make


@pytest.fixture
def bare_url(cluster: Cluster) -> Iterator[str]:
    """A database with the extensions and nothing else."""
    with _clone(cluster, _template(cluster, "bare", lambda *_: None)) as url:
        yield url


@pytest.fixture
def plain_url(cluster: Cluster) -> Iterator[str]:
    """A database without extensions, as an external server may give it."""
    with _clone(cluster, "template1") as url:
        yield url


@pytest.fixture(scope="session")
def city_url(cluster: Cluster) -> Iterator[str]:
    """The whole demo city in a database of this worker's own."""
    with _clone(cluster, _template(cluster, "city", _fill_city)) as url:
        yield url


@pytest.fixture(scope="module")
def own_city_url(cluster: Cluster) -> Iterator[str]:
    """The whole demo city in a database of a module's own, for tests that publish in it."""
    with _clone(cluster, _template(cluster, "city", _fill_city)) as url:
        yield url


@pytest.fixture
def city(city_url: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection to the demo city in a transaction that is rolled back."""
    with connect(city_url) as connection:
        yield connection
        connection.rollback()


@pytest.fixture(scope="session")
def master_key(cluster: Cluster) -> Path:
    """The file of the master key of all databases of this run."""
    return master_of(cluster)


@pytest.fixture(scope="session")
def as_app(cluster: Cluster) -> Callable[[str], str]:
    """Turn the owner's address of a database into that of the role the workers connect as."""
    return partial(app_url, home=cluster.home)


@pytest.fixture(scope="session")
def city_app_url(city_url: str, as_app: Callable[[str], str]) -> str:
    """The demo city as the workers reach it."""
    return as_app(city_url)


@pytest.fixture(scope="session")
def database(city_app_url: str) -> Iterator[Database]:
    """The workers' pool over the demo city."""
    pool = Database(city_app_url, pool_size=4)
    pool.open()
    yield pool
    pool.close()


def demo_files() -> Path:
    """Generate the demo city once for each state of its sources, and keep it between runs."""
    from demo.make import SEED, generate

    folder = ROOT / ".citygrid-cache" / f"demo-{_sources_digest()}"
    if not (folder / "done").exists():
        for older in folder.parent.glob("demo-*"):
            shutil.rmtree(older)
        generate(folder, SEED, lambda *_: None)
        (folder / "done").touch()
    return folder


def _sources_digest() -> str:
    digest = hashlib.sha256()
    for path in sorted((ROOT / "demo").rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            digest.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _fill_empty(url: str, master: Path) -> None:
    from api.prepare import bring_up_to_date

    bring_up_to_date(url, master=master)


def _fill_city(url: str, master: Path) -> None:
    from demo.load import load

    _fill_empty(url, master)
    with connect(url) as connection:
        load(connection, demo_files(), datetime.now(UTC), master=master)
    with connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def master_of(cluster: Cluster) -> Path:
    """Name the file of the master key of all databases of this run."""
    return cluster.home / "secrets" / "master"


def _template(cluster: Cluster, name: str, fill: Callable[[str, Path], None]) -> str:
    """Make a template database once for all workers of the run: the first one makes it, the others wait."""
    with (cluster.home / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (cluster.home / f"{name}.made").exists():
            _create(cluster, name, "template0")
            fill(cluster.url(database=name), master_of(cluster))
            (cluster.home / f"{name}.made").touch()
    return name


@contextmanager
def _clone(cluster: Cluster, template: str) -> Iterator[str]:
    name = f"{template}_{os.getpid()}_{os.urandom(3).hex()}"
    with (cluster.home / f"{template}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _create(cluster, name, template)
    yield cluster.url(database=name)
    with _administrator(cluster) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _create(cluster: Cluster, name: str, template: str) -> None:
    with _administrator(cluster) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(
                sql.Identifier(name), sql.Identifier(template), sql.Identifier(ROLE)
            )
        )
    if template == "template0":
        with _administrator(cluster, name) as connection:
            for extension in EXTENSIONS:
                connection.execute(sql.SQL("CREATE EXTENSION {}").format(sql.Identifier(extension)))
            mark_leakproof(connection)


def _administrator(cluster: Cluster, name: str = "postgres") -> psycopg.Connection[Any]:
    return psycopg.connect(cluster.url("postgres", name), autocommit=True)
