"""`citygrid account`: accounts from the command line, for the first one and for when nobody can log in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from psycopg import Connection

from spatial.settings import Settings

app = typer.Typer(help="The accounts of the people who log in.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="User name")]
Option = typer.Option


@app.command()
def add(
    username: Name,
    role: Annotated[str, Option(help="viewer, field_worker, street_administrator, …")],
    display_name: Annotated[str, Option(help="Name as people read it; default: the user name")] = "",
    reach: Annotated[str, Option(help="city, area or organisation; default: area, with --area")] = "",
    area: Annotated[str | None, Option(help="Code of a unit of the coverage 'grids'")] = None,
    organisation: Annotated[str | None, Option(help="Code of the organisation")] = None,
    worker: Annotated[str | None, Option(help="Code of the person in the field")] = None,
) -> None:
    """Make an account and print its one-time password."""
    from spatial.people.administration import create_administered, numbers_by_code
    from spatial.people.passwords import hash_password, one_time_password

    if not reach and area is None:
        raise typer.BadParameter("say --reach city, --reach organisation, or name an --area")
    password = one_time_password()
    values = {"username": username, "display_name": display_name or username, "role": role}
    with _owner() as connection:
        found = numbers_by_code(connection, organisation, worker)
        standing = {"reach": reach or "area", "area": area, **found}
        create_administered(connection, _chief(), {**values, **standing}, hash_password(password))
    _tell_password(username, password)


@app.command("list")
def list_all() -> None:
    """List all accounts."""
    from rich.console import Console
    from rich.table import Table

    from spatial.people.administration import list_accounts

    table = Table("id", "user name", "name", "role", "reach", "area", "last log-in", "")
    with _owner() as connection:
        accounts, _ = list_accounts(connection, _chief(), 0, 1_000_000)
    for one in accounts:
        seen = one.last_login_at.strftime("%Y-%m-%d %H:%M UTC") if one.last_login_at else "never"
        state = "disabled" if one.disabled else "must change password" if one.must_change_password else ""
        row = (str(one.id), one.username, one.display_name, one.role, one.reach, one.area or "", seen, state)
        table.add_row(*row)
    Console().print(table)


@app.command()
def password(username: Name) -> None:
    """Print a one-time password for an account; its sessions and tokens end."""
    from spatial.people.accounts import set_password
    from spatial.people.administration import number_of
    from spatial.people.passwords import hash_password, one_time_password

    once = one_time_password()
    with _owner() as connection:
        set_password(connection, number_of(connection, username), hash_password(once), must_change=True)
    _tell_password(username, once)


@app.command()
def disable(username: Name) -> None:
    """Let an account log in no more; its keys end at once."""
    _switch(username, disabled=True)


@app.command()
def enable(username: Name) -> None:
    """Let a disabled account log in again."""
    _switch(username, disabled=False)


def _switch(username: str, disabled: bool) -> None:
    from spatial.people.administration import change_account, number_of

    with _owner() as connection:
        number = number_of(connection, username)
        change_account(connection, _chief(), number, {"disabled": disabled})
    typer.echo(f"{username} is {'disabled' if disabled else 'enabled'}")


@contextmanager
def _owner() -> Iterator[Connection[Any]]:
    from api.owner import owner_url
    from spatial.database import connect

    with owner_url(Settings.from_env()) as url, connect(url) as connection:
        yield connection


def _chief() -> Any:
    """Whoever owns the machine administers the whole city."""
    from spatial.rights.reader import Reader

    return Reader(None, "command line", "command line", "district_administrator")


def _tell_password(username: str, password: str) -> None:
    typer.echo(f"{username} logs in with the one-time password {password} within 7 days, and chooses another")
