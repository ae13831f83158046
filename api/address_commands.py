"""`citygrid addresses`: import, as the owner of the database."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="The standard-address library.", no_args_is_help=True)
Option = typer.Option


@app.command("import")
def import_addresses(
    file: Annotated[Path, typer.Argument(help="CSV with lon and lat, GeoPackage, GeoJSON …")],
    source: Annotated[str, Option(help="Who made the addresses; with external_id it names one for good")],
    datum: Annotated[str, Option(help="gcj02 or bd09: shifted on the way in")] = "wgs84",
    kind: Annotated[str, Option(help="Kind of rows that do not say")] = "door",
    encoding: Annotated[str | None, Option(help="Of a CSV: utf-8, gbk …")] = None,
    generated: Annotated[bool, Option(help="The addresses are made up")] = False,
) -> None:
    """Import a file of addresses and say what became of its rows."""
    from api.owner import owner_url
    from spatial.addresses.imports import ImportOptions, import_file
    from spatial.database import connect
    from spatial.settings import Settings

    options = ImportOptions(source, datum, kind, generated, encoding)
    settings = Settings.from_env()
    with owner_url(settings) as url, tempfile.TemporaryDirectory() as folder:
        report = import_file(lambda: connect(url), file, file.name, Path(folder), options)
    typer.echo(
        f"{report.rows} rows: {report.added} added, {report.changed} changed, {report.unchanged} as before,"
        f" {report.refused} refused"
    )
    for problem in report.problems[:20]:
        typer.echo(f"  {problem.where}: {problem.reason}")
    raise typer.Exit(1 if report.refused and not report.added + report.changed + report.unchanged else 0)
