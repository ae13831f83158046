"""Bring a database to the newest schema: all migrations in one transaction, or none of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, pool, text
from sqlalchemy.exc import DBAPIError

from spatial.database import SCHEMA, connection_options
from spatial.database.cluster import EXTENSIONS
from spatial.errors import Unavailable

HERE = Path(__file__).parent / "migrations"


def migrate(url: str, scripts: Path = HERE) -> list[str]:
    """Apply what is missing and return the applied revisions, oldest first.

    A migration that fails leaves the database as it was. Two processes that migrate at once wait
    for each other.
    """
    engine = create_engine(sqlalchemy_url(url), poolclass=pool.NullPool, connect_args=connection_options())
    try:
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('citygrid.migrate'))"))
            _need_extensions(connection)
            connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{SCHEMA}"'))
            return _upgrade(connection, scripts)
    finally:
        engine.dispose()


def pending(url: str, scripts: Path = HERE) -> list[str]:
    """List the revisions that this database still lacks, oldest first."""
    engine = create_engine(sqlalchemy_url(url), poolclass=pool.NullPool, connect_args=connection_options())
    try:
        with engine.connect() as connection:
            return _missing(connection, scripts)
    finally:
        engine.dispose()


def sqlalchemy_url(url: str) -> str:
    """Turn a libpq URL into the one SQLAlchemy wants for psycopg 3."""
    return "postgresql+psycopg://" + url.split("://", 1)[1]


def _need_extensions(connection: Connection) -> None:
    """Make the extensions that are missing; an external database may leave that to its administrator."""
    there = {name for (name,) in connection.execute(text("SELECT extname FROM pg_extension"))}
    missing = [name for name in EXTENSIONS if name not in there]
    try:
        for name in missing:
            connection.execute(text(f"CREATE EXTENSION {name} SCHEMA public"))
    except DBAPIError as error:
        raise Unavailable(
            f"the database lacks the extensions {', '.join(missing)} and this role may not make them:"
            f" let an administrator run CREATE EXTENSION for each ({error.orig})"
        ) from error


def _upgrade(connection: Connection, scripts: Path) -> list[str]:
    missing = _missing(connection, scripts)
    if missing:
        config = _config(scripts)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return missing


def _missing(connection: Connection, scripts: Path) -> list[str]:
    current = MigrationContext.configure(connection).get_current_revision()
    steps: Any = ScriptDirectory.from_config(_config(scripts)).iterate_revisions("head", current)
    return [step.revision for step in steps][::-1]


def _config(scripts: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", str(scripts))
    return config
