"""`citygrid external`: services of other platforms from the command line, as the owner of the database."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from spatial.errors import InvalidInput

app = typer.Typer(help="Layers that come from other platforms.", no_args_is_help=True)

Option = typer.Option
Protocol = Annotated[str, Option(help="wms, wmts, wfs, ogcapi or arcgis")]
User = Annotated[str | None, Option(help="User of the service; the password is read from --secret-file")]
SecretFile = Annotated[
    Path | None,
    Option(
        help="File with the password, or the value of the secret", exists=True, dir_okay=False, readable=True
    ),
]
SecretHeader = Annotated[str | None, Option(help="Header that the secret goes into")]
SecretQuery = Annotated[str | None, Option(help="Parameter that the secret goes into")]


@app.command()
def look(
    url: Annotated[str, typer.Argument(help="Address of the service")],
    protocol: Protocol,
    user: User = None,
    secret_file: SecretFile = None,
    secret_header: SecretHeader = None,
    secret_query: SecretQuery = None,
) -> None:
    """List the layers that a service offers."""
    from api.schemas.external import Service

    opening = _opening(user, secret_file, secret_header, secret_query)
    for each in asyncio.run(_offered(_checked(Service, protocol=protocol, url=url, **opening))):
        typer.echo(f"{each.name}\t{each.title}")


@app.command()
def register(
    url: Annotated[str, typer.Argument(help="Address of the service")],
    layer: Annotated[str, typer.Argument(help="What the service calls the layer")],
    protocol: Protocol,
    mode: Annotated[
        str | None, Option(help="harvest: keep its features here; proxy: show its pictures")
    ] = None,
    every_minutes: Annotated[int | None, Option(help="How often it is asked; 0: by 'refresh' alone")] = None,
    name: Annotated[str | None, Option(help="Name of the layer; default: as the service calls it")] = None,
    title: Annotated[str | None, Option(help="Title for people")] = None,
    group: Annotated[str | None, Option(help="Group that it is listed in")] = None,
    licence: Annotated[str | None, Option(help="Under which its data may be used")] = None,
    attribution: Annotated[str | None, Option(help="Whose data it is; shown beside the map")] = None,
    review_number: Annotated[str | None, Option(help="审图号: number of the map's review")] = None,
    audience: Annotated[str, Option(help="all, or granted")] = "all",
    organisation: Annotated[str | None, Option(help="Code of the organisation it belongs to")] = None,
    crs: Annotated[str | None, Option(help="EPSG:code, for features that do not say")] = None,
    datum: Annotated[str, Option(help="gcj02 or bd09: features are shifted on the way in")] = "wgs84",
    user: User = None,
    secret_file: SecretFile = None,
    secret_header: SecretHeader = None,
    secret_query: SecretQuery = None,
    wait: Annotated[float, Option(help="Seconds to wait for the job process")] = 30.0,
) -> None:
    """Register a layer of a service; the running city asks it and makes the layer."""
    from api.schemas.external import NewService

    given = {
        key: value for key, value in locals().items() if key in NewService.model_fields and value is not None
    }
    given |= _opening(user, secret_file, secret_header, secret_query)
    number = _put(_checked(NewService, **{**given, "wait": 0}))
    _tell(number, wait)


@app.command("list")
def list_all() -> None:
    """List the services with how they do."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from layers.external.store import health_of, sources

    table = Table("layer", "protocol", "mode", "state", "since", "answered", "data as of", "error")
    with _owner() as connection:
        found, health = sources(connection), health_of(connection)
    for each in found:
        how = health.get(str(each["layer"]), {})
        moments = [_moment(how.get(key)) for key in ("since", "answered_at", "data_at")]
        error = how.get("error") or "; ".join(problem["reason"] for problem in each["problems"])
        state = how.get("state") or each["state"]
        # One that was refused has no layer: it goes by the name that it was to have.
        named = each["layer"] or each["name"] or each["remote"]
        table.add_row(named, each["protocol"], each["mode"], state, *moments, escape(error))
    Console().print(table)


def _moment(at: datetime | None) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if at else ""


@app.command()
def refresh(name: Annotated[str, typer.Argument(help="Name of the layer")]) -> None:
    """Let the running city ask the service of a layer now."""
    from layers.external import store

    with _owner() as connection:
        store.refresh(connection, name)
    typer.echo(f"{name} is asked for soon")


async def _offered(sent: Any) -> list[Any]:
    from api.external.client import Client
    from api.external.gather import drive, opener_of
    from layers.external.protocols import offers
    from spatial.settings import Settings

    client = Client.of(Settings.from_env())
    try:
        return await drive(offers(sent.protocol, sent.url), client, opener_of(sent.opened_with()))
    finally:
        await client.aclose()


def _put(sent: Any) -> int:
    from layers.external.addresses import check_url
    from layers.external.store import register
    from spatial.rights.envelope import master_file
    from spatial.settings import Settings

    check_url(sent.url)
    with _owner() as connection:
        return register(connection, _chief(), sent.wanted(), master_file(Settings.from_env()))


def _tell(number: int, wait_s: float) -> None:
    """Wait for the job process, and say what became of it."""
    from api.external.routes import refusal_of
    from layers.external.store import source

    until = time.monotonic() + wait_s
    with _owner() as connection:
        row = source(connection, number)
        while row["state"] == "asked" and time.monotonic() < until:
            # No transaction stays open while we wait.
            connection.rollback()
            time.sleep(0.5)
            row = source(connection, number)
    if row["state"] == "refused":
        raise refusal_of(row["problems"])
    typer.echo(
        f"{row['layer']} is there" if row["layer"] else "registered; the job process has not asked it yet"
    )


def _checked(model: Any, **given: Any) -> Any:
    from pydantic import ValidationError

    try:
        made = model(**given)
        made.opened_with()
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        raise typer.BadParameter(f"{first['loc'][0]}: {first['msg']}") from None
    except InvalidInput as error:
        # Said here, where nothing is masked: "password: must" looks as if a password followed.
        raise typer.BadParameter(str(error)) from None
    return made


def _opening(user: str | None, file: Path | None, header: str | None, query: str | None) -> dict[str, Any]:
    """Secrets come from files: arguments are seen by everybody on the machine."""
    if (file is None) is not (user is None and header is None and query is None):
        raise typer.BadParameter("--secret-file goes with one of --user, --secret-header and --secret-query")
    try:
        text = file.read_text(encoding="utf-8").strip() if file is not None else None
    except ValueError:
        raise typer.BadParameter(f"--secret-file: {file} is no text") from None
    if text == "":
        raise typer.BadParameter(f"--secret-file: {file} is empty")
    named = {"user": user, "secret_header": header, "secret_query": query}
    key = "password" if user is not None else "secret"
    return {name: value for name, value in {**named, key: text}.items() if value is not None}


def _owner() -> Any:
    from api.account_commands import _owner as owner

    return owner()


def _chief() -> Any:
    from api.account_commands import _chief as chief

    return chief()
