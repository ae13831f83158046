"""`citygrid tracks`: tracks from the command line."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated

import typer

app = typer.Typer(help="Tracks of people and vehicles.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Stay a group, however few commands there are."""


@app.command()
def regrade(
    first: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="The first day")],
    last: Annotated[datetime | None, typer.Argument(formats=["%Y-%m-%d"], help="The last day")] = None,
    mover: Annotated[int | None, typer.Option(help="Of this mover alone")] = None,
) -> None:
    """Have days graded anew from their raw fixes; the job process does it, longest waiting first."""
    from api.owner import owner_url
    from spatial.database import connect
    from spatial.patrols.days import moments
    from spatial.patrols.grader import ask_again
    from spatial.settings import Settings

    begin, end = _day(first), _day(last or first)
    with owner_url(Settings.from_env()) as url, connect(url) as connection:
        count = ask_again(connection, moments(begin)[0], moments(end)[0] + timedelta(days=1), mover)
    typer.echo(f"{count} days of movers will be graded anew")


def _day(given: datetime) -> date:
    return given.date()
