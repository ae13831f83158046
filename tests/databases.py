"""Databases for tests: clones of two templates, one migrated and empty, one with the whole demo city."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from spatial.database import Database, connect
from spatial.database.cluster import EXTENSIONS, ROLE, Cluster

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


@pytest.fixture
def bare_url(cluster: Cluster) -> Iterator[str]:
    """A database with the extensions and nothing else."""
    with _clone(cluster, _template(cluster, "bare", lambda url: None)) as url:
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


@pytest.fixture
def city(city_url: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection to the demo city in a transaction that is rolled back."""
    with connect(city_url) as connection:
        yield connection
        connection.rollback()


@pytest.fixture(scope="session")
def database(city_url: str) -> Iterator[Database]:
    """The pool over the demo city."""
    pool = Database(city_url, pool_size=4)
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


def _fill_empty(url: str) -> None:
    from api.prepare import bring_up_to_date

    bring_up_to_date(url)


def _fill_city(url: str) -> None:
    from demo.load import load

    _fill_empty(url)
    with connect(url) as connection:
        load(connection, demo_files(), datetime.now(UTC))
    with connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def _template(cluster: Cluster, name: str, fill: Callable[[str], None]) -> str:
    """Make a template database once for all workers of the run: the first one makes it, the others wait."""
    with (cluster.home / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (cluster.home / f"{name}.made").exists():
            _create(cluster, name, "template0")
            fill(cluster.url(database=name))
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


def _administrator(cluster: Cluster, name: str = "postgres") -> psycopg.Connection[Any]:
    return psycopg.connect(cluster.url("postgres", name), autocommit=True)
