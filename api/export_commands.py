"""`citygrid layers export`: write a layer to a file from the command line, as the owner of the database."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spatial.errors import InvalidInput


def export(
    name: Annotated[str, typer.Argument(help="Name of the layer")],
    file: Annotated[
        Path, typer.Argument(help="Its extension decides the format: .gpkg .fgb .parquet .csv …")
    ],
    form: Annotated[
        str | None, typer.Option("--format", help="Format by name, whatever the extension")
    ] = None,
    crs: Annotated[str, typer.Option(help="CRS84, EPSG:4547 …, gcj02 or bd09")] = "CRS84",
) -> None:
    """Write all features of a layer to a file; that it was done is on record."""
    from api.account_commands import _chief, _owner
    from layers import catalogue
    from layers.encoders.formats import format_of_file
    from layers.encoders.source import Export, Mark, Source
    from layers.exports.queue import put_on_record
    from layers.features import Selection
    from spatial.database import in_name_of
    from spatial.geometry.crs import SHIFTED, parse_crs

    chosen = format_of_file(file, form)
    system = SHIFTED.get(crs) or parse_crs(crs)
    if file.exists():
        raise InvalidInput.at("FILE", f"{file} is there already")
    with _owner() as connection:
        layer = catalogue.layer(connection, name)
        in_name_of(connection, _chief())
        number, at = put_on_record(connection, name, chosen.name, {"asked": {"file": file.name}})
        mark = Mark(_chief().username, "citygrid", at, number)
        source = Source(connection, Export(layer, Selection(limit=None), mark, layer.title, system))
        chosen.write(source, file)
    typer.echo(f"{source.rows} features in {file}")
