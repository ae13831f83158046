"""`citygrid keys`: the keys of personal data, renewed and put in order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer
from psycopg import Connection

from spatial.settings import Settings

app = typer.Typer(help="The keys that personal data is sealed with.", no_args_is_help=True)


@app.command()
def rotate() -> None:
    """Bring in a new data key, seal everything anew with it, and retire the old one; people go on working."""
    from spatial.rights.envelope import master_file
    from spatial.rights.resealing import rotate as run

    settings = Settings.from_env()
    with _owner(settings) as connection:
        done = run(connection, master_file(settings), _say)
    for text in done.unreadable:
        typer.echo(f"✗ {text}", err=True)
    if not done.retired:
        typer.echo("the old key stays in use: rows still need it; mend them and run this again", err=True)
        raise typer.Exit(1)
    typer.echo(f"sealed anew: {_counts(done.rows)}; the old key is retired")


@app.command()
def rewrap() -> None:
    """Make a new master key and wrap the data keys by it; the old file is kept aside. No field is touched."""
    from spatial.rights.data_keys import rewrap as run
    from spatial.rights.envelope import master_file

    settings = Settings.from_env()
    with _owner(settings) as connection:
        aside = run(connection, settings)
    typer.echo(f"the new master key is in {master_file(settings)}: back it up now; the old one is in {aside}")


@app.command("seal-existing")
def seal_existing() -> None:
    """Seal what still lies in clear from before there was sealing; `citygrid migrate` does it too."""
    from api.owner import owner_url
    from api.prepare import seal_personal_data
    from spatial.rights.envelope import master_file

    settings = Settings.from_env()
    with owner_url(settings) as url:
        done = seal_personal_data(url, master_file(settings))
    typer.echo(f"sealed: {_counts(done)}" if any(done.values()) else "nothing lies in clear")


@contextmanager
def _owner(settings: Settings) -> Iterator[Connection[Any]]:
    from api.owner import owner_url
    from spatial.database import connect

    with owner_url(settings) as url, connect(url, autocommit=True) as connection:
        yield connection


def _say(relation: str, rows: int) -> None:
    typer.echo(f"{relation}: {rows:,}", err=True)


def _counts(rows: dict[str, int]) -> str:
    return ", ".join(f"{count:,} of {relation}" for relation, count in rows.items())
