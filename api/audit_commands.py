"""`citygrid audit …`: prove that the audit log is what was written."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spatial.rights.audit.verify import Report
from spatial.settings import Settings

app = typer.Typer(help="The audit log.", no_args_is_help=True)


@app.callback()
def audit() -> None:
    """The audit log."""


@app.command()
def verify(
    roots: Annotated[
        Path | None,
        typer.Option(help="File of roots to compare with, a copy on another machine; default <home>/audit"),
    ] = None,
) -> None:
    """Check every row, every seal, the chain and its file; say what is wrong, where, and exit with 1."""
    from api.owner import owner_url
    from spatial.database import connect
    from spatial.database.revisions import is_up_to_date
    from spatial.errors import NotFound, Unavailable
    from spatial.rights.audit.keys import chain_keys
    from spatial.rights.audit.roots import RootFile, root_file
    from spatial.rights.audit.verify import verify as check

    settings, report, count = Settings.from_env(), Report(), 0
    if roots is not None and not roots.exists():
        raise NotFound(f"there is no file {roots}")
    file = root_file(settings.home) if roots is None else RootFile(roots)
    with owner_url(settings) as url, connect(url, autocommit=True) as connection:
        if not is_up_to_date(url):
            raise Unavailable("the database is of another version: run `citygrid migrate` first")
        for finding in check(connection, chain_keys(settings), file, report, _tell):
            typer.echo(f"✗ {finding}")
            count += 1
    for line in _summary(report, count):
        typer.echo(line)
    raise typer.Exit(int(count > 0))


def _tell(text: str) -> None:
    typer.echo(f"· {text} …", err=True)


def _summary(report: Report, count: int) -> list[str]:
    lines = [f"• dropped by retention, as the chain says: {month}" for month in report.dropped]
    if report.waiting:
        lines.append(f"• {report.waiting} rows wait for their seal, the oldest since {report.waiting_since}")
    seen = f"{report.rows:,} rows under {report.seals:,} seals, {report.roots:,} roots in the chain"
    return [*lines, f"✗ {count} findings; {seen}" if count else f"✓ all is as it was written: {seen}"]
