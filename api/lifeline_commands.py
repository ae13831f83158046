"""`citygrid lifeline`: bring networks in from the command line, as the owner of the database."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

app = typer.Typer(help="The pipe networks (城市生命线) of the city.", no_args_is_help=True)

Option = typer.Option


@app.callback()
def _all() -> None:
    """Group the verbs."""


@app.command("import")
def bring_in(
    file: Annotated[
        Path, typer.Argument(help="INP, pandapipes JSON, GeoPackage, GeoJSON, CSV, ZIP", exists=True)
    ],
    name: Annotated[str, Option(help="Name of the network; one that there is, is brought up to date")],
    kind: Annotated[str | None, Option(help="water, sewer, gas …, for a file that does not say")] = None,
    crs: Annotated[str | None, Option(help="EPSG:code, gcj02, bd09, or local: no place on earth")] = None,
    unit: Annotated[str | None, Option(help="Of the coordinates: m, ft, cm, mm, km")] = None,
    swap_axes: Annotated[bool | None, Option(help="The file has northing before easting")] = None,
    at: Annotated[str | None, Option(help="lon,lat of the middle of a drawing with --crs local")] = None,
    vertical_datum: Annotated[str | None, Option(help="Of the levels, 1985国家高程基准 for one")] = None,
    tolerance: Annotated[float | None, Option(help="Ends nearer than this are one node")] = None,
    encoding: Annotated[str | None, Option(help="Of texts: utf-8, gbk …")] = None,
    gone: Annotated[str | None, Option(help="keep or out_of_service: what the file has no more")] = None,
    organisation: Annotated[str | None, Option(help="Code of the utility that runs it")] = None,
) -> None:
    """Bring a network in, or say what must be said of the file first."""
    from api.account_commands import _owner
    from api.network_jobs import city_box
    from api.schemas.networks import NetworkFields
    from lifeline.networks.loading import Target, load
    from lifeline.networks.reading import read_network
    from spatial.people.organisations import organisation_id

    given = {key: value for key, value in locals().items() if key in NetworkFields.model_fields}
    fields = _checked({key: value for key, value in given.items() if value is not None})
    wish = fields.wish
    with _owner() as connection:
        read = read_network(file, file.name, wish, city_box(connection))
        if read.must_confirm or read.frame is None:
            _tell_proposals(read.proposals)
            raise typer.Exit(1)
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        target = Target(name, organisation_id(connection, organisation), file.name, digest)
        _, report = load(connection, target, read.found, read.frame, wish)
    _tell(report)


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="As /api/lifeline/shut-offs/{id}/statement gives it")],
    key: Annotated[str | None, Option(help="The public key that you trust, in base64 or a file")] = None,
) -> None:
    """Check the statement of a shut-off without any database: its signature, and that its numbers agree."""
    from api.dispatch_commands import key_given
    from lifeline.shutoffs.statements import verify as check
    from spatial.errors import InvalidInput

    try:
        document = orjson.loads(file.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise InvalidInput.at(str(file), f"cannot be read as JSON: {error}") from None
    if not isinstance(document, dict):
        raise InvalidInput.at(str(file), "is no statement")
    problems = check(document, key_given(key))
    for problem in problems:
        typer.echo(f"✗ {problem.where}: {problem.reason}")
    if not problems:
        close = ", ".join(each["code"] for each in document["valves"])
        typer.echo(f"✓ shut-off {document['id']} of {document['network']}, {document['state']}: {close}")
        trusted = "the key that you trust" if key else "a key that you have not named (--key)"
        typer.echo(f"• signed under {trusted}: {document['public_key']}")
    raise typer.Exit(int(bool(problems)))


def _checked(given: dict[str, Any]) -> Any:
    from pydantic import ValidationError

    from api.schemas.networks import NetworkFields
    from spatial.errors import InvalidInput, Problem

    try:
        return NetworkFields.model_validate(given)
    except ValidationError as error:
        raise InvalidInput(
            [Problem(f"--{str(each['loc'][0]).replace('_', '-')}", each["msg"]) for each in error.errors()]
        ) from None


def _tell_proposals(proposals: dict[str, Any]) -> None:
    typer.echo(f"{proposals['form']}, {proposals['kind']}: say {', '.join(proposals['confirm'])}")
    for each in proposals["evidence"]:
        typer.echo(f"  {each['what']} {each['value']}: {each['because']}")
    for each in proposals["frames"]:
        swapped = " --swap-axes" if each["swap_axes"] else ""
        typer.echo(f"  --crs {each['crs']}{swapped}  ({each['title']}, {each['inside']:.0%} in the city)")
    if "crs" in proposals["confirm"]:
        typer.echo("  --crs local --at lon,lat  for a drawing that has no place on earth")


def _tell(report: dict[str, Any]) -> None:
    word = "new" if report["new"] else "brought up to date"
    typer.echo(
        f"{report['network']} ({report['kind']}, {report['crs']}) is {word}, edition {report['edition']}"
    )
    for part, counts in report["tables"].items():
        typer.echo(
            f"  {part}: {counts['added']} added, {counts['updated']} updated,"
            f" {counts['unchanged']} unchanged, {counts['gone']} gone"
        )
    for problem in report["problems"][:20]:
        typer.echo(f"  {problem['where']}: {problem['reason']}")
    more = len(report["problems"]) - 20 + report["more_problems"]
    if more > 0:
        typer.echo(f"  … and {more} more problems")
