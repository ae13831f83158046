"""`citygrid calendar`: the working calendar from the command line."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(help="The working calendar.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Stay a group, however few commands there are."""


@app.command()
def holidays(
    year: int,
    show: Annotated[bool, typer.Option("--show", help="Only show them")] = False,
) -> None:
    """Put the State Council's holidays of a year, and the days worked instead, into the working calendar."""
    from api.owner import owner_url
    from spatial.database import connect
    from spatial.events.deadlines import put_days
    from spatial.events.holidays import SOURCE, holidays_of
    from spatial.settings import Settings

    days = holidays_of(year)
    for day, working, name in days:
        typer.echo(f"{day} {'works' if working else 'off  '} {name}")
    typer.echo(f"source: {SOURCE}")
    if not show:
        with owner_url(Settings.from_env()) as url, connect(url) as connection:
            put_days(connection, list(days))
