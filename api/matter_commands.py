"""`citygrid matters`: lists of matters, and which of them reports name."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(help="Lists of matters: a city's own beside the standard's.", no_args_is_help=True)

Option = typer.Option


@app.command("list")
def list_lists() -> None:
    """List the lists, and how many of their matters are known in those in use."""
    from spatial.database import connect
    from spatial.events.matters import profiles

    with _url() as url, connect(url) as connection:
        found = profiles(connection)
    for each in found:
        state = "in use" if each["in_use"] else f"{each['mapped']} mapped to those in use"
        typer.echo(f"{each['name']}: {each['standard']}, {each['matters']} matters, {state}")


@app.command()
def add(
    name: str,
    prefix: Annotated[str, Option(help="Small letters in front of its codes: sz")],
    title: Annotated[str, Option(help="What people call it")],
    standard: Annotated[str, Option(help="The standard, or whose own it is")],
    source: Annotated[str, Option(help="Where its matters were taken from")],
) -> None:
    """Add a list, or correct what is said of it; its prefix stays what it is."""
    from spatial.database import connect
    from spatial.events.matters.lists import add_list

    given = {"name": name, "prefix": prefix, "title": title, "standard": standard, "source": source}
    with _url() as url, connect(url) as connection:
        add_list(connection, given)
    typer.echo(f"{name}: written")


@app.command("import")
def import_list(name: str, file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)]) -> None:
    """Read the matters of a list from a CSV: code, name, class_code, class_name, to_class if known."""
    from spatial.components.mapping import read_classes
    from spatial.database import connect
    from spatial.events.matters.lists import KINDS, import_matters

    with _url() as url, connect(url) as connection:
        done = import_matters(connection, name, read_classes(file.read_bytes(), KINDS))
    _say(f"{done.matters} matters, {done.mapped} mapped", done.open)


@app.command()
def use(names: Annotated[list[str], typer.Argument(help="The lists that reports name from now on")]) -> None:
    """Let reports name the matters of these lists and of no others; events keep what they are."""
    from spatial.database import connect
    from spatial.events.matters.lists import named
    from spatial.events.matters.lists import use as put_in_use

    with _url() as url, connect(url) as connection:
        done = put_in_use(connection, names)
        still = named(connection)
    _say(f"{done.matters} matters in use, {done.mapped} of others mapped to them", done.open)
    for what, number in still.items():
        typer.echo(f"{number} {what} name matters that are not in use")


@app.command()
def choose(code: str, to_code: str) -> None:
    """Decide which matter in use a matter of another list is; codes with their prefix."""
    from spatial.database import connect
    from spatial.events.matters.lists import choose as decide

    with _url() as url, connect(url) as connection:
        decide(connection, code, to_code)


def _say(what: str, waiting: tuple[str, ...]) -> None:
    typer.echo(f"{what}; to be decided: {', '.join(waiting) or 'none'}")


def _url() -> Any:
    from api.owner import owner_url
    from spatial.settings import Settings

    return owner_url(Settings.from_env())
