"""Migrations: all or nothing, the same as the models, and safe to run twice."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, pool
from sqlalchemy.exc import ProgrammingError

from spatial.database import connect, connection_options
from spatial.database.base import Base
from spatial.database.migrate import HERE, migrate, pending, sqlalchemy_url
from spatial.database.revisions import is_up_to_date, newest
from spatial.errors import Unavailable

ROOT = Path(__file__).parents[3]


def gather_models() -> None:
    """Import every models.py, so that the metadata is whole."""
    for pattern in ("*/models.py", "spatial/**/models.py", "lifeline/**/models.py"):
        for path in ROOT.glob(pattern):
            importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))


def ours(_object, name, kind, reflected, _compare) -> bool:
    """Partitions and PostGIS's tables are in the database and not in the models."""
    return not (kind == "table" and reflected and name not in Base.metadata.tables)


def test_models_and_migrations_agree(postgis_url: str) -> None:
    gather_models()
    engine = create_engine(
        sqlalchemy_url(postgis_url), poolclass=pool.NullPool, connect_args=connection_options()
    )
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": ours, "compare_type": True})
        differences = compare_metadata(context, Base.metadata)
    engine.dispose()
    assert differences == []


def test_migrating_twice_applies_once(bare_url: str) -> None:
    assert not is_up_to_date(bare_url)
    assert migrate(bare_url) == REVISIONS
    assert is_up_to_date(bare_url)
    assert migrate(bare_url) == []
    assert pending(bare_url) == []


def test_missing_extensions_are_named(plain_url: str) -> None:
    with pytest.raises(Unavailable, match="lacks the extensions postgis, pgrouting"):
        migrate(plain_url)
    with connect(plain_url) as connection:
        assert connection.execute("SELECT to_regnamespace('city')").fetchone() == (None,)


def test_the_newest_file_is_the_head_of_the_migrations(bare_url: str) -> None:
    assert pending(bare_url)[-1] == newest()


REVISIONS = sorted(path.name.split("_")[0] for path in HERE.glob("versions/[0-9]*.py"))

BROKEN = """
from alembic import op
revision, down_revision = "9999", "NEWEST"
def upgrade() -> None:
    op.execute("CREATE TABLE half_done (id int)")
    op.execute("SELECT * FROM a_table_that_is_not_there")
"""


@pytest.mark.parametrize("first", [True, False], ids=["from an empty database", "from the schema before"])
def test_a_migration_that_fails_leaves_the_database_as_it_was(
    bare_url: str, tmp_path: Path, first: bool
) -> None:
    scripts = tmp_path / "migrations"
    (scripts / "versions").mkdir(parents=True)
    for path in [*HERE.glob("*.*"), *HERE.glob("versions/*.*")]:
        (scripts / path.relative_to(HERE)).write_bytes(path.read_bytes())
    (scripts / "versions" / "9999_broken.py").write_text(BROKEN.replace("NEWEST", newest()))
    if not first:
        migrate(bare_url)
    before = everything(bare_url)
    with pytest.raises(ProgrammingError, match="a_table_that_is_not_there"):
        migrate(bare_url, scripts)
    assert everything(bare_url) == before
    assert pending(bare_url) == ([] if not first else REVISIONS)


def everything(url: str) -> list[tuple[str, ...]]:
    """List all schemas, relations, columns and functions of a database."""
    with connect(url) as connection:
        relations = connection.execute(
            "SELECT table_schema, table_name, column_name FROM information_schema.columns ORDER BY 1, 2, 3"
        ).fetchall()
        schemas = connection.execute("SELECT nspname FROM pg_namespace ORDER BY 1").fetchall()
        functions = connection.execute("SELECT proname FROM pg_proc ORDER BY oid").fetchall()
    return [*relations, *schemas, *functions]
