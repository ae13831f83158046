"""`citygrid components`: surveys and profiles from the command line, as the platform itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(help="City components: surveys, and profiles of classes.", no_args_is_help=True)
profile_app = typer.Typer(help="Profiles of classes and codes.", no_args_is_help=True)
app.add_typer(profile_app, name="profile")

Option = typer.Option


@app.command("import")
def import_survey(
    file: Annotated[Path, typer.Argument(help="GeoPackage, Shapefile as ZIP, GeoJSON, CSV …", exists=True)],
    apply: Annotated[bool, Option("--apply", help="Write it; without it nothing is changed")] = False,
    profile: Annotated[str | None, Option(help="Whose codes and classes the file has")] = None,
    crs: Annotated[str | None, Option(help="EPSG:code, for a file that does not say")] = None,
    datum: Annotated[str | None, Option(help="gcj02 or bd09: shifted on the way in")] = None,
    column: Annotated[list[str] | None, Option(help="field=column of the file; may be repeated")] = None,
    area: Annotated[Path | None, Option(help="GeoJSON polygon that was surveyed")] = None,
    missing: Annotated[str, Option(help="report, mark or retire what was not found")] = "report",
    codes: Annotated[str, Option(help="keep codes of other profiles, or renew them")] = "keep",
    report: Annotated[Path | None, Option(help="CSV to write the report to")] = None,
) -> None:
    """Compare a survey with what stands, and apply it if told; prints how many rows are what."""
    from spatial.components.surveys.options import Options

    if missing not in ("report", "mark", "retire") or codes not in ("keep", "renew"):
        raise typer.BadParameter("--missing is report, mark or retire; --codes is keep or renew")
    if wrong := [each for each in column or [] if not all(each.partition("="))]:
        raise typer.BadParameter(f"--column is field=column, and not '{wrong[0]}'")
    columns = dict(each.split("=", 1) for each in column or [])
    drawn = None if area is None else json.loads(area.read_text(encoding="utf-8"))
    given = {"dry_run": not apply, "profile": profile, "crs": crs, "datum": datum, "columns": columns}
    options = Options.of({**given, "area": drawn, "missing": missing, "codes": codes})
    for name, number in _surveyed(file, options, report).items():
        typer.echo(f"{name}: {number}")


@app.command()
def recount() -> None:
    """Compare the kept sums with the rows; says where they differ."""
    from spatial.components.statistics import recount as differences
    from spatial.database import connect

    with _url() as url, connect(url) as connection:
        found = differences(connection)
    for each in found:
        typer.echo(str(each))
    typer.echo(f"{len(found)} sums differ")
    raise typer.Exit(1 if found else 0)


@profile_app.command("list")
def list_profiles() -> None:
    """List the profiles, and how many of their classes are mapped to ours."""
    from spatial.components.book import read_book
    from spatial.database import connect

    with _url() as url, connect(url) as connection:
        book = read_book(connection)
    for each in book.profiles.values():
        mapped = sum(kind.to_class is not None for kind in each.kinds.values())
        typer.echo(f"{each.name}: {each.standard}, {each.form}, {mapped} of {len(each.kinds)} classes mapped")


@profile_app.command("add")
def add(
    name: str,
    title: Annotated[str, Option(help="What people call it")],
    standard: Annotated[str, Option(help="The standard, or whose own it is")],
    form: Annotated[str, Option(help="Digits of county, class, kind and number: 6+2+2+6")],
    source: Annotated[str, Option(help="Where its classes were taken from")],
    since: Annotated[str | None, Option(help="First day in force")] = None,
    until: Annotated[str | None, Option(help="First day no longer in force")] = None,
) -> None:
    """Add a profile, or correct what is said of it; its form stays what it is."""
    from spatial.components.mapping import add_profile
    from spatial.database import connect

    given = {"name": name, "title": title, "standard": standard, "form": form, "source": source}
    with _url() as url, connect(url) as connection:
        done = add_profile(connection, {**given, "in_force_from": since, "in_force_until": until})
    typer.echo(f"{name}: written" if done else f"{name}: nothing has changed")


@profile_app.command("import")
def import_profile(name: str, file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)]) -> None:
    """Read the classes of a profile from a CSV, and find for each which of ours it is."""
    from spatial.components.mapping import import_classes, read_classes
    from spatial.database import connect

    with _url() as url, connect(url) as connection:
        done = import_classes(connection, name, read_classes(file.read_bytes()))
    typer.echo(
        f"{done.classes} classes, {done.mapped} mapped; to be decided: {', '.join(done.open) or 'none'}"
    )


@profile_app.command("choose")
def choose(name: str, code: str, to_class: str) -> None:
    """Decide which class of ours a class of a profile is."""
    from spatial.components.mapping import choose as decide
    from spatial.database import connect

    with _url() as url, connect(url) as connection:
        decide(connection, name, code, to_class)


def _url() -> Any:
    from api.owner import owner_url
    from spatial.settings import Settings

    return owner_url(Settings.from_env())


def _surveyed(file: Path, options: Any, report: Path | None) -> dict[str, int]:
    from spatial.components.surveys.report_csv import report_csv
    from spatial.components.surveys.run import Survey, report_rows, run
    from spatial.database import Database, session
    from spatial.grids.stamping import Stamper
    from spatial.rights.reader import SYSTEM
    from spatial.settings import Settings

    with _url() as url:
        database = Database(url, pool_size=3)
        database.open()
        try:
            with session(database, SYSTEM) as connection:
                stamper = Stamper(database, Settings.from_env().home)
                done = run(Survey(connection, SYSTEM, stamper, file, file.name, options))
                if report is not None:
                    report.write_bytes(b"".join(report_csv(report_rows(connection))))
        finally:
            database.close()
    return done.counts
