"""`citygrid layers`: publish files and tables from the command line, as the owner of the database."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(help="The layers that are published.", no_args_is_help=True)

Option = typer.Option


@app.command()
def publish(
    source: Annotated[str, typer.Argument(help="A file, or a table as schema.table")],
    name: Annotated[
        str | None, Option(help="Name of the layer; default: as the file or table calls it")
    ] = None,
    layer: Annotated[str | None, Option(help="Only this layer of the file")] = None,
    title: Annotated[str | None, Option(help="Title for people; default: the name")] = None,
    crs: Annotated[str | None, Option(help="EPSG:code, for a file that does not say")] = None,
    datum: Annotated[str, Option(help="gcj02 or bd09: shifted on the way in")] = "wgs84",
    encoding: Annotated[str | None, Option(help="Of a Shapefile or CSV: utf-8, gbk …")] = None,
    id_column: Annotated[str | None, Option(help="Attribute that is unlike in each feature")] = None,
    audience: Annotated[str, Option(help="all, or granted")] = "all",
    organisation: Annotated[str | None, Option(help="Code of the organisation it belongs to")] = None,
    editable: Annotated[bool, Option(help="Let editors change its features")] = False,
    unit_column: Annotated[
        str | None, Option(help="Attribute with the code of the unit a feature lies in")
    ] = None,
    group: Annotated[str | None, Option(help="Group that it is listed in")] = None,
    replace: Annotated[bool, Option(help="Put the file in the place of the layer NAME's")] = False,
) -> None:
    """Publish a file or a table; all layers of a file under their own names unless told."""
    from layers.imports import PublishOptions

    if audience not in ("all", "granted"):
        raise typer.BadParameter("--audience is all or granted")
    given = {key: value for key, value in locals().items() if key in PublishOptions.__dataclass_fields__}
    outcomes = _published(source, PublishOptions.of(given), replace)
    for outcome in outcomes:
        typer.echo(
            f"{outcome.layer}: {f'{outcome.features} features' if outcome.features >= 0 else 'published'}"
        )
        for problem in outcome.problems:
            detail = f" — {problem['detail']}" if problem.get("detail") else ""
            typer.echo(f"  {problem['severity']}: {problem['kind']} ({problem['count']}){detail}")


@app.command("list")
def list_all() -> None:
    """List all layers."""
    from rich.console import Console
    from rich.table import Table

    from layers.catalogue import layers

    table = Table("name", "title", "kind", "geometry", "EPSG", "audience", "editable", "group")
    with _owner() as connection:
        for one in layers(connection).values():
            words = (one.name, one.title, one.kind, one.geometry_type, str(one.srid), one.audience)
            table.add_row(*words, "yes" if one.editable else "", str(one.about.get("group", "")))
    Console().print(table)


@app.command()
def unpublish(name: Annotated[str, typer.Argument(help="Name of the layer")]) -> None:
    """Take a layer back; the table of a file goes soon after, one published in place stays."""
    from layers.publish import sweep
    from layers.publish_about import withdraw_layer

    with _owner() as connection:
        withdraw_layer(connection, name)
        sweep(connection)
    typer.echo(f"{name} is not published any more")


@app.command()
def report(name: Annotated[str, typer.Argument(help="Name of the layer")]) -> None:
    """Show what was found and mended in the file of a layer, as JSON."""
    import json

    from layers.imports import report_of

    with _owner() as connection:
        typer.echo(json.dumps(report_of(connection, name), ensure_ascii=False, indent=2, default=str))


def _published(source: str, options: Any, replace: bool) -> list[Any]:
    from api.progress import bar
    from layers.publish import publish_file, replace_file
    from layers.publish_relations import publish_relation

    path = Path(source)
    with _owner() as connection, bar("publishing") as progress:
        if not path.is_file():
            return [publish_relation(connection, source, options, _chief())]
        if replace:
            if options.name is None:
                raise typer.BadParameter("--replace needs --name")
            return [replace_file(connection, options.name, path, path.name, options, _chief())]
        return publish_file(
            connection, path, path.name, options, _chief(), lambda part: progress(path.name, part)
        )


def _owner() -> Any:
    from api.account_commands import _owner as owner

    return owner()


def _chief() -> Any:
    from api.account_commands import _chief as chief

    return chief()
