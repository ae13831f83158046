"""The command line: `citygrid up`, `down`, `migrate`, `demo generate` …"""

from __future__ import annotations

import logging
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from api.account_commands import app as account_app
from api.address_commands import app as addresses_app
from api.archive_commands import app as archive_app
from api.audit_commands import app as audit_app
from api.calendar_commands import app as calendar_app
from api.component_commands import app as components_app
from api.coverage_commands import app as coverages_app
from api.dispatch_commands import app as dispatch_app
from api.export_commands import export
from api.external.commands import app as external_app
from api.key_commands import app as keys_app
from api.layer_commands import app as layers_app
from api.lifeline_commands import app as lifeline_app
from api.listen_commands import app as listen_app
from api.matter_commands import app as matters_app
from api.redact import Redactor
from api.track_commands import app as tracks_app
from spatial.errors import CitygridError
from spatial.settings import Settings

app = typer.Typer(
    help="A spatial platform for governing a city by grid.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
demo_app = typer.Typer(help="The demo city: the urban part of Haidian, Beijing.", no_args_is_help=True)
app.add_typer(demo_app, name="demo")
app.add_typer(keys_app, name="keys")
app.add_typer(audit_app, name="audit")
app.add_typer(account_app, name="account")
app.add_typer(addresses_app, name="addresses")
layers_app.command()(export)
app.add_typer(layers_app, name="layers")
app.add_typer(lifeline_app, name="lifeline")
app.add_typer(components_app, name="components")
app.add_typer(matters_app, name="matters")
app.add_typer(calendar_app, name="calendar")
app.add_typer(external_app, name="external")
app.add_typer(coverages_app, name="coverages")
app.add_typer(dispatch_app, name="dispatch")
app.add_typer(listen_app, name="listen")
app.add_typer(tracks_app, name="tracks")
app.add_typer(archive_app, name="archive")


@app.command()
def up() -> None:
    """Start the whole city: database, API workers, job process; Ctrl-C ends it."""
    from api.up import up as run

    raise typer.Exit(run(Settings.from_env()))


@app.command()
def down() -> None:
    """Stop the city that runs on this state folder."""
    from api.down import down as stop

    raise typer.Exit(stop(Settings.from_env()))


@app.command()
def reset() -> None:
    """Stop the city and delete its state folder: private database, demo files, logs."""
    from api.down import reset as clear

    raise typer.Exit(clear(Settings.from_env()))


@app.command()
def doctor() -> None:
    """Check the machine and the database, and say what to mend."""
    from api.doctor import doctor as check

    raise typer.Exit(check(Settings.from_env()))


@app.command()
def migrate() -> None:
    """Bring the schema of CITYGRID_DATABASE_URL up to date, and make an administrator if there is none."""
    from api.prepare import bring_up_to_date, ensure_administrator
    from spatial.database.roles import app_password
    from spatial.rights.envelope import master_file

    settings = Settings.from_env()
    given = settings.app_database_url is not None
    password = None if given else app_password(settings.home)
    applied = bring_up_to_date(_url(settings), password, master=master_file(settings))
    typer.echo(f"applied: {', '.join(applied)}" if applied else "the schema is up to date")
    if ensure_administrator(_url(settings), settings.home):
        typer.echo(f"made an administrator; the log-in is in {settings.home / 'demo-login.json'}")


@demo_app.command("generate")
def demo_generate(
    out: Annotated[Path | None, typer.Option(help="Folder to write to; default <home>/demo")] = None,
    seed: Annotated[int | None, typer.Option(help="The same seed gives the same city")] = None,
) -> None:
    """Make the demo city's files from the real data in demo/data."""
    from api.progress import bar
    from demo.make import SEED, generate

    with bar("demo city") as progress:
        generate(out or Settings.from_env().home / "demo", SEED if seed is None else seed, progress)


@demo_app.command("load")
def demo_load(
    folder: Annotated[Path | None, typer.Option(help="Folder to read; default <home>/demo")] = None,
) -> None:
    """Load the demo city into an empty database."""
    from api.prepare import add_demo_logins
    from api.progress import bar
    from demo.accounts import make_accounts
    from demo.load import load
    from layers.builtin_themes import sync_themes
    from spatial.database import connect
    from spatial.rights.envelope import master_file

    settings = Settings.from_env()
    with connect(_url(settings)) as connection, bar("loading") as progress:
        files, master = folder or settings.home / "demo", master_file(settings)
        load(connection, files, datetime.now(UTC), progress, master=master)
        sync_themes(connection)
        add_demo_logins(settings.home, make_accounts(connection))


@app.command(hidden=True)
def serve(fd: Annotated[int, typer.Option(help="Listening socket, inherited")]) -> None:
    """Run one API worker; the supervisor calls this."""
    from api.serve import serve as run

    run(Settings.from_env(), fd)


@app.command(hidden=True)
def jobs() -> None:
    """Run the job process; the supervisor calls this."""
    from api.jobs import run
    from api.serve import prepare

    settings = Settings.from_env()
    prepare(settings)
    run(settings)


def _url(settings: Settings) -> str:
    if settings.database_url is None:
        raise typer.BadParameter("set CITYGRID_DATABASE_URL, or use `citygrid up`, which makes a database")
    return settings.database_url.value


def main() -> None:
    """Run the command line; an error that a person can mend is said in one line."""
    from api import logs

    say = Redactor()
    try:
        say = logs.configure(Settings.from_env(), least=logging.WARNING)
        app()
    except CitygridError as error:
        typer.echo(say.text(f"citygrid: {error}"), err=True)
        raise SystemExit(1) from None
    except Exception as error:
        # Not left to the interpreter: typer puts its own hook in the place of ours, and masks nothing.
        typer.echo(say.text("".join(traceback.format_exception(error))), err=True)
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
